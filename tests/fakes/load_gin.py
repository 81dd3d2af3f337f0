"""Loads gin files over stand-ins for the configurables and prints what they bind.

Arguments: the root of the repository; names below gin/, joined by + where several are
loaded in order. Prints {name: {parameter: text of its value}} as JSON. The stand-ins
have the published parameters and no others, so a misspelt one is an error here.
"""

import importlib.util  # noqa: F401  gin 0.5 uses it without importing it
import inspect
import json
import sys

import gin


def _stand_in(parameters):
    def stand_in(**bound):
        return bound

    stand_in.__signature__ = inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
            for name in parameters
        ]
    )
    return stand_in


root, *names = sys.argv[1:]
sys.path.append(root)
STAND_INS = {
    "Trainer": "num_updates batch_size num_eval_episodes checkpoint_every "
    "validate_every log_every episodic train_learner_class eval_learner_class "
    "embedding_network checkpoint_to_restore learning_rate decay_learning_rate "
    "decay_every decay_rate pretrained_source experiment_name data_config "
    "train_episode_config eval_episode_config",
    "benchmark": "train_datasets eval_datasets restrict_classes restrict_num_per_class",
    "EpisodeDescriptionConfig": "num_ways num_support num_query min_ways "
    "max_ways_upper_bound max_num_query max_support_set_size "
    "max_support_size_contrib_per_class min_log_weight max_log_weight "
    "ignore_dag_ontology ignore_bilevel_ontology",
    "DataConfig": "image_height shuffle_buffer_size read_buffer_size_bytes "
    "num_prefetch",
    "process_episode": "support_decoder query_decoder",
    "process_batch": "batch_decoder",
    "ImageDecoder": "image_size data_augmentation",
    "DataAugmentation": "enable_jitter jitter_amount enable_gaussian_noise "
    "gaussian_noise_std",
    "BatchSplitReaderGetReader": "add_dataset_offset",
    "BaselineLearner": "knn_in_fc knn_distance cosine_classifier "
    "cosine_logits_multiplier use_weight_norm",
    "BaselineFinetuneLearner": "num_finetune_steps finetune_lr finetune_all_layers "
    "finetune_with_adam",
    "PrototypicalNetworkLearner": "",
    "MatchingNetworkLearner": "exact_cosine_distance",
    "MAMLLearner": "num_update_steps additional_test_update_steps first_order alpha "
    "train_batch_norm debug zero_fc_layer proto_maml_fc_layer_init",
    "RelationNetworkLearner": "",
}
for name, parameters in STAND_INS.items():
    parameters = parameters.split()
    if name.endswith("Learner"):
        parameters += [
            "weight_decay",
            "transductive_batch_norm",
            "backprop_through_moments",
        ]
    gin.external_configurable(_stand_in(parameters), name=name, module="stand_in")

found = {}
for name in names:
    gin.clear_config()
    files = ["meta_dataset/learn/gin/" + part for part in name.split("+")]
    gin.parse_config_files_and_bindings(files, [])
    lines = gin.config_str(max_line_length=10**6).splitlines()
    pairs = (line.split(" = ", 1) for line in lines if line and line[0] != "#")
    found[name] = {key.replace("stand_in.", ""): value for key, value in pairs}
json.dump(found, sys.stdout)
