"""The class hierarchy of the drawn ilsvrc_2012: one graph of synsets a split.

Like WordNet's it is no tree: some groups cut across the kinds (what has a motor, what
makes a sound), so that a class may be reached along several paths. Ids are invented and
lie beyond WordNet's; their order is the order of the class ids.
"""

from collections.abc import Collection, Iterable, Mapping

from meta_dataset.data.imagenet_specification import (
    Synset,
    create_sampling_graph,
    get_leaves,
    sorted_by_id,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.drawings.things import Kind

# What each group above the kinds holds: kinds, groups or single things, by name. The
# first group of a split is its root.
_GROUPS: Mapping[Split, Mapping[str, tuple[str, ...]]] = {
    Split.TRAIN: {
        "entity": ("living thing", "artefact"),
        "living thing": ("plant", "animal"),
        "plant": ("edible fruit", "tree"),
        "animal": ("fish", "insect"),
        "artefact": ("conveyance", "building", "crockery", "machine"),
        "conveyance": ("wheeled vehicle", "boat"),
        "machine": ("lorry", "tractor", "locomotive", "tugboat", "liner", "windmill"),
    },
    Split.VALID: {
        "carnivore": ("feline", "canine", "bear", "domestic animal"),
        "domestic animal": ("tabby", "siamese", "dalmatian", "hound", "poodle"),
    },
    Split.TEST: {
        "device": ("timepiece", "musical instrument", "tool", "sounding device"),
        "sounding device": ("musical instrument", "alarm clock", "pendulum clock"),
    },
}
_FIRST_ID = {Split.TRAIN: 91_000_000, Split.VALID: 92_000_000, Split.TEST: 93_000_000}


def class_graph(
    split: Split, kinds: Iterable[Kind], things: Collection[str]
) -> tuple[Synset, ...]:
    """Returns the graph over some things of a split, sorted by id.

    Built as the published one: a node left with a single child gives way to it.

    Args:
      split: which groups apply.
      kinds: all kinds of the split, whether they are kept or not, because ids count
        them: a thing has the same id in every set.
      things: names of the things to keep.
    """
    members = dict(_GROUPS[split])
    members |= {kind.name: tuple(thing.name for thing in kind.things) for kind in kinds}
    synsets: dict[str, Synset] = {}
    for name in (*members, *(n for held in members.values() for n in held)):
        if name not in synsets:
            synsets[name] = Synset(f"n{_FIRST_ID[split] + len(synsets)}", name)
    for name, held in members.items():
        for child in held:
            synsets[name].children.add(synsets[child])
            synsets[child].parents.add(synsets[name])
    return tuple(sorted_by_id(create_sampling_graph([synsets[t] for t in things])))


def class_ids(graphs: Mapping[Split, Iterable[Synset]]) -> dict[int, Synset]:
    """Returns the leaf of each class id: sorted by id within a split."""
    leaves = [
        leaf for split in Split for leaf in sorted_by_id(get_leaves(graphs[split]))
    ]
    return dict(enumerate(leaves))
