/** Errors of what is done with it: configuration, experiments, networks, MAPS, the device. */
import { error, warning, type Entry } from './error-entry.ts';

export const WORK_ERRORS = {
  // Configuration
  CONFIG_UNKNOWN_KEY: error('An option is unknown.', 'Correct its name or remove it.'),
  CONFIG_VALUE: error('An option has a value that is not allowed.', 'Choose one that is.'),
  CONFIG_LEARNING_RATE: warning(
    'This learning rate is unlikely to train a network.',
    'Give one such as 1e-4.',
  ),
  CONFIG_MISSING: error('An option that is needed here is missing.', 'Add it.'),
  CONFIG_SYNTAX: error('The configuration file cannot be read.', 'Correct the syntax.'),
  CONFIG_NOT_YET: error(
    'Capsule does not do this yet.',
    'PARITY.md says what works today; leave the option out.',
  ),

  // Experiments
  SPLIT_MISSING: error(
    'The folder has no training or validation table.',
    'It needs train.tsv or train_baseline.tsv, and validation_baseline.tsv or validation.tsv.',
  ),
  SPLIT_EMPTY: error('A set has no session left.', 'Check the diagnoses and the labels.'),
  SPLIT_SIZE: error(
    'There are too few participants for these sets.',
    'Ask for a smaller set or fewer folds.',
  ),
  SPLIT_UNLIKE: error(
    'No set was drawn that is like the rest in age and sex.',
    'Take another number of participants or seed, or with `tsvtools split` lower --p_age_threshold or --p_sex_threshold, or add --ignore_demographics.',
  ),
  SPLIT_NEAREST: warning(
    'No set of this size can have the sexes as near as the threshold asks: the nearest is taken.',
    'Take another number of participants to meet it.',
  ),
  SPLIT_SMALL_CLASS: warning(
    'A class has fewer participants than there are folds: some folds have none of it.',
    'Take fewer folds, or leave the class out.',
  ),
  LABEL_ONE_CLASS: error(
    'The label has fewer than two values.',
    'Choose another label, or bring back sessions of the class that is gone.',
  ),
  LEAKAGE_PARTICIPANTS: error(
    'Participants stand in two sets that must be apart.',
    'Remove them from one of the sets.',
  ),
  LEAKAGE_FOUND: error(
    'The audit found leakage: results on these sets would not hold for new people.',
    'Correct the tables; docs/leakage.md says how for each finding.',
  ),
  LEAKAGE_KNOWN: warning(
    'Training goes on in spite of leakage, as asked.',
    'leakage.json in the MAPS says so for ever.',
  ),
  LEAKAGE_NO_LIST: error(
    'This MAPS does not name the people of its training: whether a new group has some of them cannot be checked.',
    'Use the MAPS as it was before it was exported without participants. If you know that none of the group was seen in training, give --skip_leak_check.',
  ),
  LEAKAGE_UNKNOWN: warning(
    'A file of weights does not tell whom its network has seen: this leakage cannot be looked for.',
    'Test only on people who cannot have been among them, or start from a MAPS, which names them.',
  ),
  SELECTION_METRIC: error(
    'This metric cannot select a model.',
    'Use one of those that are expected.',
  ),

  // Networks and weights
  NETWORK_UNKNOWN: error('The network is unknown.', '`capsule list-models` prints the names.'),
  NETWORK_TASK: error(
    'The network is not made for this task.',
    'Choose another network, or the command of its task.',
  ),
  NETWORK_INPUT: error(
    'The input is too small or has the wrong rank for this network.',
    'Use larger patches, less reduction, or another network.',
  ),
  WEIGHTS_MISMATCH: error(
    'The weights do not fit the network.',
    'Check the architecture and the input size of the model.',
  ),
  INTERPRET_METHOD: error(
    'This method cannot explain this network.',
    'Choose another one: gradients, integrated-gradients, smoothgrad and occlusion explain every network that gives scores.',
  ),
  INTERPRET_CHANCE: warning(
    'On its validation set the network cannot be told from guessing: its maps may show nothing that was learned.',
    'Do not read them as evidence; train a better model first.',
  ),
  TORCH_FORMAT: error(
    'The file is not a PyTorch checkpoint of version 1.6 or later.',
    'Save it again with a recent PyTorch.',
  ),
  TORCH_FORBIDDEN: error(
    'The checkpoint asks for code that Capsule does not run.',
    'Only tensors and plain values are read. Save the state_dict alone.',
  ),
  SAFETENSORS_FORMAT: error(
    'The file is not a safetensors file, or it is damaged.',
    'Save it again with safetensors, or copy it again from its source.',
  ),
  ONNX_UNSUPPORTED: error(
    'The network has a layer that Capsule cannot write as ONNX.',
    'Export safetensors: they hold the weights of every network.',
  ),
  ONNX_TOO_LARGE: error(
    'The network is larger than an ONNX file can be.',
    'Export safetensors: they have no such limit.',
  ),

  // MAPS
  MAPS_NOT_MAPS: error('This is not a MAPS.', 'Choose the folder or zip that holds maps.json.'),
  MAPS_UNFINISHED: error(
    'This MAPS was not finished.',
    'Go on with it ("capsule train resume"), or choose a finished one.',
  ),
  MAPS_IN_USE: error(
    'Another run writes into this MAPS.',
    'Wait until it ends, or stop it; then start again.',
  ),
  MAPS_SPLIT: error('There is no such split that is finished.', 'Choose one that there is.'),
  MAPS_DAMAGED: error('A file of this MAPS is missing or damaged.', 'Export it again.'),
  MAPS_GROUP: error(
    'The data group does not exist or cannot be made.',
    'Name an existing group, or give its participants and its CAPS.',
  ),
  ZIP_DAMAGED: error('The zip archive is damaged or too large.', 'Export it again.'),

  // Device
  GPU_NONE: error(
    'There is no WebGPU adapter.',
    'Use a recent Chrome or Edge, Firefox or Safari 26; on Node, install a Vulkan driver.',
  ),
  GPU_LOST: error(
    'The GPU was lost: the driver was reset or the computer slept.',
    'Start again; finished models are kept. If it happens again, use a smaller batch.',
  ),
  GPU_ERROR: error(
    'The GPU refused an operation; its results would be wrong, so the job stopped.',
    'Try a smaller batch; please report it with the diagnostics.',
  ),
  GPU_RECOVERED: warning(
    'The GPU failed; training goes on from where it was saved last.',
    'Nothing is lost. If it happens often, use a smaller batch or close other programs.',
  ),
  GPU_PARTS: warning(
    'A batch does not fit into the memory of the GPU: it goes through the network in parts.',
    'The gradient is still the mean over the batch; the statistics of batch normalisation are those of each part.',
  ),
  GPU_MEMORY: error(
    'The network does not fit into the memory of the GPU.',
    'Use a smaller batch, reduce the size, or train on patches or regions.',
  ),
  LOSS_NOT_FINITE: error(
    'The loss, a score or a gradient is not a finite number.',
    'Lower the learning rate, or look at the volumes named.',
  ),
} as const satisfies Record<string, Entry>;
