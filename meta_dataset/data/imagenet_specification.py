"""ImageNet's classes as a graph of WordNet synsets: leaves, spans, ancestors.

A graph is a collection of `Synset` nodes that refer to each other; a node may have
several parents. Everything here is pure. How a graph is written in a dataset
specification belongs to `graph_json`.
"""

import collections
import dataclasses
import graphlib
from collections.abc import Collection, Iterable, Mapping


@dataclasses.dataclass(eq=False, slots=True)
class Synset:
    """A node: one meaning, the classes under it, the wider meanings above it.

    Nodes compare by identity, because a copy of a graph holds other nodes with the
    same ids.
    """

    wn_id: str
    """WordNet id, such as 'n02084071'."""
    words: str
    """What people call it, such as 'dog, domestic dog'."""
    children: set["Synset"] = dataclasses.field(default_factory=set, repr=False)
    parents: set["Synset"] = dataclasses.field(default_factory=set, repr=False)


def sorted_by_id(synsets: Iterable[Synset]) -> list[Synset]:
    """Returns the synsets in the order of their WordNet ids."""
    return sorted(synsets, key=lambda synset: synset.wn_id)


def get_leaves(nodes: Iterable[Synset]) -> list[Synset]:
    """Returns the nodes without children, in the order given."""
    return [node for node in nodes if not node.children]


def get_spanning_leaves(nodes: Iterable[Synset]) -> dict[Synset, set[Synset]]:
    """Returns for each node the leaves that can be reached from it.

    A leaf spans itself. A leaf that is reached along several paths counts once.

    Raises:
      ValueError: the graph has a cycle.
    """
    nodes = list(nodes)
    spans: dict[Synset, set[Synset]] = {}
    for node in _children_first(nodes):
        spans[node] = set().union(*(spans[child] for child in node.children)) or {node}
    return {node: spans[node] for node in nodes}


def _children_first(nodes: Iterable[Synset]) -> Iterable[Synset]:
    """Yields the nodes and all that lies below them, every child before its parents."""
    below: dict[Synset, set[Synset]] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in below:
            below[node] = node.children
            waiting.extend(node.children)
    try:
        return list(graphlib.TopologicalSorter(below).static_order())
    except graphlib.CycleError as error:
        circle = " > ".join(node.wn_id for node in reversed(error.args[1]))
        raise ValueError(f"the graph of synsets has a cycle: {circle}") from error


def is_descendent(d: Synset, a: Synset) -> bool:
    """Returns whether `d` is `a` or lies below it."""
    return a in _ancestors([d])


def _ancestors(nodes: Iterable[Synset]) -> set[Synset]:
    """Returns the nodes and everything above them."""
    found: set[Synset] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(node.parents)
    return found


def get_upward_paths_from(
    start: Synset, end: Synset | None = None
) -> list[list[Synset]]:
    """Returns every path from `start` upwards.

    Args:
      start: where the paths begin.
      end: where they end; without it they end at the nodes without parents.

    Returns:
      Paths, each from `start` to its end, both included; none if `end` is not above
      `start`. Parents are visited in the order of their ids.
    """
    if start is end or (end is None and not start.parents):
        return [[start]]
    return [
        [start, *path]
        for parent in sorted_by_id(start.parents)
        for path in get_upward_paths_from(parent, end)
    ]


def get_synsets_from_ids(
    wn_ids: Iterable[str], synsets: Iterable[Synset]
) -> dict[str, Synset]:
    """Returns the synset of each id.

    Raises:
      ValueError: an id is not among the synsets.
    """
    by_id = {synset.wn_id: synset for synset in synsets}
    wn_ids = list(wn_ids)
    missing = [wn_id for wn_id in wn_ids if wn_id not in by_id]
    if missing:
        raise ValueError(f"no synset has the WordNet id {', '.join(missing)}")
    return {wn_id: by_id[wn_id] for wn_id in wn_ids}


def get_num_spanning_images(
    spanning_leaves: Mapping[Synset, Collection[Synset]],
    num_leaf_images: Mapping[str, int],
) -> dict[Synset, int]:
    """Returns for each node the number of images under it.

    Args:
      spanning_leaves: the leaves under each node, from `get_spanning_leaves`.
      num_leaf_images: images of each leaf, by WordNet id.
    """
    return {
        node: sum(num_leaf_images[leaf.wn_id] for leaf in leaves)
        for node, leaves in spanning_leaves.items()
    }


def get_lowest_common_ancestor(
    a: Synset, b: Synset, path: str = "longest"
) -> tuple[Synset, int]:
    """Returns the nearest node above both `a` and `b`, and its height.

    The height of an ancestor is the larger of its distances to `a` and to `b`, in
    edges. Of two ancestors of equal height the one with the smaller id is taken.

    Args:
      a: a node; it counts as its own ancestor.
      b: another node of the same graph.
      path: 'longest' or 'shortest': which of several ways up gives the distance.

    Raises:
      ValueError: the nodes have no common ancestor, or `path` is another word.
    """
    if path not in ("longest", "shortest"):
        raise ValueError(f"path must be 'longest' or 'shortest', not {path!r}")
    choose = max if path == "longest" else min

    def height(ancestor: Synset) -> int:
        return max(
            choose(len(way) - 1 for way in get_upward_paths_from(node, ancestor))
            for node in (a, b)
        )

    common = _ancestors([a]) & _ancestors([b])
    if not common:
        raise ValueError(f"{a.wn_id} and {b.wn_id} have no common ancestor")
    heights = {ancestor: height(ancestor) for ancestor in common}
    lowest = min(common, key=lambda node: (heights[node], node.wn_id))
    return lowest, heights[lowest]


def copy_graph(nodes: Iterable[Synset]) -> set[Synset]:
    """Returns new nodes linked like the given ones; links to other nodes are dropped."""
    nodes = list(nodes)
    copies = {node: Synset(node.wn_id, node.words) for node in nodes}
    for node, copy in copies.items():
        copy.children = {copies[child] for child in node.children if child in copies}
        copy.parents = {copies[parent] for parent in node.parents if parent in copies}
    return set(copies.values())


def create_sampling_graph(
    synsets: Iterable[Synset], root: Synset | None = None
) -> set[Synset]:
    """Returns the graph of `synsets` and their ancestors, without chains.

    A node with a single child says nothing that the child does not say: it is taken
    out and its parents are linked to the child, until every node is a leaf or has at
    least two children.

    Args:
      synsets: the leaves to keep, nodes of a wider graph.
      root: if given, only it and what lies below it are kept.

    Returns:
      New nodes; the wider graph is left as it is.
    """
    kept = _ancestors(synsets)
    if root is not None:
        kept = {node for node in kept if is_descendent(node, root)}
    graph = copy_graph(kept)
    chained = collections.deque(node for node in graph if len(node.children) == 1)
    while chained:
        node = chained.popleft()
        (child,) = node.children
        child.parents.remove(node)
        for parent in node.parents:
            parent.children.remove(node)
            parent.children.add(child)
            child.parents.add(parent)
            # The child may have been there already: now it can be the only one.
            if len(parent.children) == 1 and parent not in chained:
                chained.append(parent)
        graph.remove(node)
    return graph
