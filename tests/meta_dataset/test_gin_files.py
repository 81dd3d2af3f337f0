import pytest

from meta_dataset import gin_files
from meta_dataset.errors import UsageError
from meta_dataset.gin_files import Macro, Reference

PUBLISHED = "meta_dataset/learn/gin/best/prototypical_imagenet.gin"


@pytest.mark.parametrize("name", [PUBLISHED, "gin/best/prototypical_imagenet.gin"])
def test_published_spellings_resolve_from_any_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bindings = gin_files.read([name], [])
    assert gin_files.value_of(bindings, "Trainer.train_learner_class") == (
        "PrototypicalNet"
    )
    assert gin_files.value_of(bindings, "Trainer.num_updates") == 75000


def test_a_file_of_the_working_folder_comes_first(tmp_path, monkeypatch):
    folder = tmp_path / "gin/best"
    folder.mkdir(parents=True)
    (folder / "prototypical_imagenet.gin").write_text("Trainer.num_updates = 1\n")
    monkeypatch.chdir(tmp_path)
    bindings = gin_files.read(["gin/best/prototypical_imagenet.gin"], [])
    assert [(b.key, b.value) for b in bindings] == [("Trainer.num_updates", 1)]


def test_own_files_include_published_ones(tmp_path):
    mine = tmp_path / "mine.gin"
    mine.write_text(f"include '{PUBLISHED}'\nTrainer.num_updates = 7\n")
    bindings = gin_files.read([str(mine)], ["Trainer.num_updates = 9"])
    assert gin_files.value_of(bindings, "Trainer.num_updates") == 9
    wheres = [b.where for b in bindings if b.key == "Trainer.num_updates"]
    assert wheres[0].endswith("setups/trainer_config.gin, line 4")
    assert wheres[1:] == [
        f"{mine}, line 2",
        "--gin_bindings='Trainer.num_updates = 9'",
    ]


def test_references_and_macros_stay_values():
    bindings = gin_files.read(
        [], ["decay = 0.5", "a/B.c = [@s/D(), {'k': %decay}]", "B.d = %decay"]
    )
    assert bindings[1].key == "a/B.c"
    assert list(gin_files.names_in(bindings[1].value)) == [
        Reference("s/D", True),
        Macro("decay"),
    ]
    assert gin_files.value_of(bindings, "B.d") == 0.5
    assert gin_files.value_of(bindings, "B.c", "unscoped") == "unscoped"


def test_a_macro_that_names_itself_has_no_value():
    bindings = gin_files.read([], ["m = %n", "n = %m", "A.b = %m"])
    assert gin_files.value_of(bindings, "A.b") is None


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("gin/best/prototipical_imagenet.gin", "prototypical_imagenet.gin"),
        ("meta_dataset/learn/gin/best/maml_image.gin", "best/maml_imagenet.gin"),
        ("/nowhere/x.gin", "learn/gin"),
    ],
)
def test_a_missing_file_names_the_nearest(name, nearest):
    with pytest.raises(UsageError, match=nearest) as raised:
        gin_files.read([name], [])
    assert repr(name) in str(raised.value)


def test_a_missing_include_says_who_includes_it(tmp_path):
    mine = tmp_path / "mine.gin"
    mine.write_text("\ninclude 'other.gin'\n")
    (tmp_path / "others.gin").write_text("")
    with pytest.raises(UsageError, match=r"included in .*mine\.gin, line 2"):
        gin_files.read([str(mine)], [])


def test_a_file_that_includes_itself_is_refused(tmp_path):
    mine = tmp_path / "mine.gin"
    mine.write_text(f"include '{mine}'\n")
    with pytest.raises(UsageError, match="includes itself"):
        gin_files.read([str(mine)], [])


@pytest.mark.parametrize(
    ("binding", "said"),
    [
        ("Trainer.experiment_name=mine", "Text needs quotes of its own"),
        ("Trainer.num_updates", "Couldn't parse statement"),
        ("Trainer.x = (1,", "EOF in multi-line statement"),
    ],
)
def test_what_does_not_parse_is_named(binding, said):
    with pytest.raises(UsageError, match=said) as raised:
        gin_files.read([], [binding])
    assert repr(binding) in str(raised.value)


def test_a_syntax_error_in_a_file_has_its_line(tmp_path):
    mine = tmp_path / "mine.gin"
    mine.write_text("# text\nTrainer.num_updates 3\n")
    with pytest.raises(UsageError, match=r"mine\.gin, line 2"):
        gin_files.read([str(mine)], [])


def test_a_file_that_is_no_text_is_refused(tmp_path):
    mine = tmp_path / "mine.gin"
    mine.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="Cannot read the gin file"):
        gin_files.read([str(mine)], [])
