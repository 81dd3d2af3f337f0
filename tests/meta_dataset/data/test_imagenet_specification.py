import pytest

from meta_dataset.data.graph_json import export_graph
from meta_dataset.data.imagenet_specification import (
    Synset,
    copy_graph,
    create_sampling_graph,
    get_leaves,
    get_lowest_common_ancestor,
    get_num_spanning_images,
    get_spanning_leaves,
    get_synsets_from_ids,
    get_upward_paths_from,
    is_descendent,
)
from meta_dataset.data.learning_spec import Split


def graph(**children):
    """Returns the nodes by id, linked as given: a='bc' makes b and c children of a."""
    ids = sorted(set(children) | set("".join(children.values())))
    nodes = {wn_id: Synset(wn_id, f"word {wn_id}") for wn_id in ids}
    for parent, below in children.items():
        for child in below:
            nodes[parent].children.add(nodes[child])
            nodes[child].parents.add(nodes[parent])
    return nodes


@pytest.fixture
def diamond():
    r"""Returns a over b and c, d under both, and leaves e, f, g.

        a
       / \
      b   c
     / \ / \
    e   d   g
       / \
      f   h
    """
    return graph(a="bc", b="ed", c="dg", d="fh")


def ids(nodes):
    return "".join(sorted(node.wn_id for node in nodes))


def test_leaves(diamond):
    assert ids(get_leaves(diamond.values())) == "efgh"


def test_a_leaf_below_two_paths_spans_once(diamond):
    spans = get_spanning_leaves(diamond.values())
    assert {node.wn_id: ids(leaves) for node, leaves in spans.items()} == {
        "a": "efgh",
        "b": "efh",
        "c": "fgh",
        "d": "fh",
        "e": "e",
        "f": "f",
        "g": "g",
        "h": "h",
    }


def test_spans_of_some_nodes_look_below_them(diamond):
    spans = get_spanning_leaves([diamond["c"]])
    assert {node.wn_id: ids(leaves) for node, leaves in spans.items()} == {"c": "fgh"}


def test_a_cycle_is_refused():
    nodes = graph(a="b", b="c", c="a")
    with pytest.raises(ValueError, match="cycle: [abc] > [abc] > [abc]"):
        get_spanning_leaves(nodes.values())


def test_descendents(diamond):
    d = diamond
    assert is_descendent(d["f"], d["a"]) and is_descendent(d["d"], d["c"])
    assert is_descendent(d["d"], d["d"])
    assert not is_descendent(d["a"], d["f"]) and not is_descendent(d["g"], d["b"])


def test_upward_paths(diamond):
    def paths(start, end=None):
        ways = get_upward_paths_from(diamond[start], diamond.get(end))
        return ["".join(node.wn_id for node in way) for way in ways]

    assert paths("f") == ["fdba", "fdca"]
    assert paths("f", "c") == ["fdc"]
    assert paths("f", "g") == []
    assert paths("a") == ["a"]
    assert paths("d", "d") == ["d"]


def test_synsets_from_ids(diamond):
    found = get_synsets_from_ids(["d", "a"], diamond.values())
    assert found == {"d": diamond["d"], "a": diamond["a"]}
    with pytest.raises(ValueError, match="WordNet id x, y"):
        get_synsets_from_ids(["x", "d", "y"], diamond.values())


def test_spanning_images(diamond):
    spans = get_spanning_leaves(diamond.values())
    images = get_num_spanning_images(spans, {"e": 1, "f": 10, "g": 100, "h": 1000})
    assert {node.wn_id: number for node, number in images.items()} == {
        "a": 1111,
        "b": 1011,
        "c": 1110,
        "d": 1010,
        "e": 1,
        "f": 10,
        "g": 100,
        "h": 1000,
    }


def test_lowest_common_ancestor(diamond):
    def lowest(a, b, path="longest"):
        node, height = get_lowest_common_ancestor(diamond[a], diamond[b], path)
        return node.wn_id, height

    assert lowest("f", "h") == ("d", 1)
    assert lowest("e", "f") == ("b", 2)
    assert lowest("e", "g") == ("a", 2)
    assert lowest("f", "d") == ("d", 1)
    assert lowest("f", "f") == ("f", 0)


def test_height_along_the_longer_or_the_shorter_way():
    nodes = graph(a="bcx", b="c")
    x, c = nodes["x"], nodes["c"]
    assert get_lowest_common_ancestor(x, c, "longest") == (nodes["a"], 2)
    assert get_lowest_common_ancestor(x, c, "shortest") == (nodes["a"], 1)
    with pytest.raises(ValueError, match="'longest' or 'shortest'"):
        get_lowest_common_ancestor(x, c, "middle")
    with pytest.raises(ValueError, match="no common ancestor"):
        get_lowest_common_ancestor(x, Synset("z", ""))


def test_copy_of_a_graph(diamond):
    copy = copy_graph(diamond.values())
    assert not copy & set(diamond.values())
    assert export_graph(copy) == export_graph(diamond.values())
    part = copy_graph(diamond[wn_id] for wn_id in "bde")
    assert {n.wn_id: (ids(n.children), ids(n.parents)) for n in part} == {
        "b": ("de", ""),
        "d": ("", "b"),
        "e": ("", "b"),
    }


def shape(nodes):
    return {n.wn_id: ids(n.children) for n in nodes if n.children}


def test_sampling_graph_keeps_the_ancestors_of_the_leaves(diamond):
    leaves = [diamond[wn_id] for wn_id in "efh"]
    assert shape(create_sampling_graph(leaves)) == {"a": "bd", "b": "de", "d": "fh"}
    assert ids(diamond.values()) == "abcdefgh"
    assert shape(diamond.values())["a"] == "bc"


def test_sampling_graph_below_a_root(diamond):
    leaves = [diamond[wn_id] for wn_id in "fgh"]
    below_c = create_sampling_graph(leaves, root=diamond["c"])
    assert shape(below_c) == {"c": "dg", "d": "fh"}


def test_chains_are_taken_out_also_where_two_links_become_one():
    # Without b, a is linked to c twice over: it has one child left, and goes as well.
    nodes = graph(z="ay", a="bc", b="c", c="de")
    leaves = [nodes[wn_id] for wn_id in "dey"]
    assert shape(create_sampling_graph(leaves)) == {"z": "cy", "c": "de"}


def test_a_lone_leaf_loses_its_ancestors():
    nodes = graph(a="b", b="c")
    assert ids(create_sampling_graph([nodes["c"]])) == "c"


@pytest.mark.parametrize("split", Split)
def test_published_graphs_are_sampling_graphs(load_published_spec, split):
    spec = load_published_spec("ilsvrc_2012")
    published = spec.get_split_subgraph(split)
    again = create_sampling_graph(get_leaves(published))
    assert export_graph(again) == export_graph(published)


@pytest.mark.parametrize(
    ("split", "nodes", "leaves", "root"),
    [
        (Split.TRAIN, 1011, 712, "entity"),
        (Split.VALID, 200, 158, "carnivore"),
        (Split.TEST, 180, 130, "device"),
    ],
)
def test_published_graphs(load_published_spec, split, nodes, leaves, root):
    published = load_published_spec("ilsvrc_2012").get_split_subgraph(split)
    assert (len(published), len(get_leaves(published))) == (nodes, leaves)
    (top,) = [node for node in published if not node.parents]
    assert top.words.split(",")[0] == root
    if split is Split.TRAIN:
        assert sum(len(node.parents) > 1 for node in published) == 50


def test_published_counts_are_those_of_the_leaves(load_published_spec):
    spec = load_published_spec("ilsvrc_2012")
    for split, counts in spec.images_per_class.items():
        spans = get_spanning_leaves(spec.get_split_subgraph(split))
        leaf_images = {node.wn_id: counts[node] for node in get_leaves(counts)}
        assert get_num_spanning_images(spans, leaf_images) == counts


def test_a_node_prints_without_its_relations(diamond):
    assert repr(diamond["d"]) == "Synset(wn_id='d', words='word d')"
