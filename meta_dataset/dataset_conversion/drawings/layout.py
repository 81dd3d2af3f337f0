"""Which classes a demo set has, at full size or smaller, and how they are described."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from meta_dataset.data.dataset_spec import (
    BiLevelDatasetSpecification,
    HierarchicalDatasetSpecification,
)
from meta_dataset.data.imagenet_specification import (
    get_num_spanning_images,
    get_spanning_leaves,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.class_splits import ClassSplits
from meta_dataset.dataset_conversion.conversion import (
    FILE_PATTERN,
    Conversion,
    RecordClass,
    flat_conversion,
)
from meta_dataset.dataset_conversion.drawings import hierarchy
from meta_dataset.dataset_conversion.drawings.families import (
    aircraft,
    cu_birds,
    dtd,
    fungi,
    ilsvrc_2012,
    mscoco,
    omniglot,
    quickdraw,
    traffic_sign,
    vgg_flower,
)
from meta_dataset.dataset_conversion.drawings.family import (
    DrawnImages,
    Family,
    randomness,
)

FAMILIES: Mapping[str, Family] = {
    module.FAMILY.dataset: module.FAMILY
    for module in (
        ilsvrc_2012,
        omniglot,
        aircraft,
        cu_birds,
        dtd,
        quickdraw,
        fungi,
        vgg_flower,
        traffic_sign,
        mscoco,
    )
}

# What an episode needs at least.
_FEWEST_CLASSES = 5
_FEWEST_GROUPS = 2


@dataclass(frozen=True)
class Size:
    """How large a set is."""

    # Part of the classes of each split, in (0, 1]; never less than an episode needs.
    classes: float = 1.0
    # Images of each class; None draws as many as each family says.
    images: int | None = None


def conversion(dataset: str, seed: int, size: Size) -> Conversion:
    """Returns the drawing of one dataset, ready to be written."""
    family = FAMILIES[dataset]
    if dataset == "ilsvrc_2012":
        return _hierarchical(family, seed, size)
    if dataset == "omniglot":
        return _bilevel(family, seed, size)
    kept = {
        split: names[: max(_FEWEST_CLASSES, round(size.classes * len(names)))]
        for split, names in family.classes.items()
    }
    splits = ClassSplits(kept[Split.TRAIN], kept[Split.VALID], kept[Split.TEST])
    return flat_conversion(
        dataset, splits, lambda name: _images(family, name, seed, size)
    )


def _hierarchical(family: Family, seed: int, size: Size) -> Conversion:
    graphs = {}
    for split, kinds in ilsvrc_2012.KINDS.items():
        kept = kinds[: _num_groups(size, len(kinds))]
        things = [thing.name for kind in kept for thing in kind.things]
        graphs[split] = hierarchy.class_graph(split, kinds, things)
    leaves = hierarchy.class_ids(graphs)

    def describe(folder: Path, images_per_class: Mapping[int, int]):
        of_leaf = {leaves[i].wn_id: number for i, number in images_per_class.items()}
        return HierarchicalDatasetSpecification(
            name=family.dataset,
            split_subgraphs=graphs,
            images_per_class={
                split: get_num_spanning_images(get_spanning_leaves(graph), of_leaf)
                for split, graph in graphs.items()
            },
            class_names={i: leaf.wn_id for i, leaf in leaves.items()},
            path=str(folder),
            file_pattern=FILE_PATTERN,
        )

    names = [leaf.words for leaf in leaves.values()]
    classes = _record_classes(family, names, seed, size)
    return Conversion(family.dataset, classes, describe)


def _bilevel(family: Family, seed: int, size: Size) -> Conversion:
    alphabets = {
        split: dict(list(characters.items())[: _num_groups(size, len(characters))])
        for split, characters in omniglot.ALPHABETS.items()
    }
    in_order = {n: count for split in Split for n, count in alphabets[split].items()}
    names = [
        name
        for split in Split
        for name in family.classes[split]
        if omniglot.alphabet_of(name) in in_order
    ]

    def describe(folder: Path, images_per_class: Mapping[int, int]):
        return BiLevelDatasetSpecification(
            name=family.dataset,
            superclasses_per_split={s: len(alphabets[s]) for s in Split},
            classes_per_superclass=dict(enumerate(in_order.values())),
            images_per_class=dict(images_per_class),
            superclass_names=dict(enumerate(in_order)),
            class_names=dict(enumerate(names)),
            path=str(folder),
            file_pattern=FILE_PATTERN,
        )

    classes = _record_classes(family, names, seed, size)
    return Conversion(family.dataset, classes, describe)


def _num_groups(size: Size, groups: int) -> int:
    return max(_FEWEST_GROUPS, round(size.classes * groups))


def _record_classes(
    family: Family, names: Sequence[str], seed: int, size: Size
) -> tuple[RecordClass, ...]:
    return tuple(
        RecordClass(class_id, name, _images(family, name, seed, size))
        for class_id, name in enumerate(names)
    )


def _images(family: Family, name: str, seed: int, size: Size) -> DrawnImages:
    fewest, most = family.images
    rng = randomness(seed, f"{family.dataset}/{name}/count")
    count = size.images or int(rng.integers(fewest, most + 1))
    return DrawnImages(family, name, seed, count)
