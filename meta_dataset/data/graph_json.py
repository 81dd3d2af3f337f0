"""Graphs of synsets as `dataset_spec.json` holds them, both ways."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from meta_dataset.data.imagenet_specification import (
    Synset,
    get_spanning_leaves,
    sorted_by_id,
)


def export_graph(nodes: Collection[Synset]) -> list[dict[str, Any]]:
    """Returns the nodes as objects of `dataset_spec.json`, sorted by WordNet id.

    Raises:
      ValueError: a node points outside the graph or an id occurs twice.
    """
    members = set(nodes)
    if len({node.wn_id for node in members}) != len(nodes):
        raise ValueError("the graph holds a WordNet id twice")
    for node in members:
        strangers = (node.children | node.parents) - members
        if strangers:
            raise ValueError(
                f"synset {node.wn_id} is linked to "
                f"{sorted(stranger.wn_id for stranger in strangers)}, not in its graph"
            )
    return [
        {
            "wn_id": node.wn_id,
            "words": node.words,
            "children_ids": sorted(child.wn_id for child in node.children),
            "parents_ids": sorted(parent.wn_id for parent in node.parents),
        }
        for node in sorted_by_id(members)
    ]


def import_graph(objects: Sequence[Mapping[str, Any]]) -> tuple[Synset, ...]:
    """Returns the nodes of a graph of `dataset_spec.json`, sorted by WordNet id.

    Raises:
      ValueError: an id occurs twice, a link leads outside the graph or is
        known to one of its ends only, or the graph has a cycle.
      KeyError: an object lacks a key.
    """
    nodes = {o["wn_id"]: Synset(o["wn_id"], o["words"]) for o in objects}
    if len(nodes) != len(objects):
        raise ValueError("the graph holds a WordNet id twice")
    for described in objects:
        node = nodes[described["wn_id"]]
        node.children = _linked(nodes, node, described["children_ids"])
        node.parents = _linked(nodes, node, described["parents_ids"])
    for node in nodes.values():
        if any(node not in child.parents for child in node.children) or any(
            node not in parent.children for parent in node.parents
        ):
            raise ValueError(
                f"synset {node.wn_id}: its children and their parents disagree"
            )
    get_spanning_leaves(nodes.values())  # refuses a graph with a cycle
    return tuple(sorted_by_id(nodes.values()))


def _linked(
    nodes: Mapping[str, Synset], node: Synset, wn_ids: Sequence[str]
) -> set[Synset]:
    strangers = [wn_id for wn_id in wn_ids if wn_id not in nodes]
    if strangers:
        raise ValueError(
            f"synset {node.wn_id} is linked to {strangers}, not in its graph"
        )
    return {nodes[wn_id] for wn_id in wn_ids}
