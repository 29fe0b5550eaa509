/**
 * Words for the options and the networks, for people who know neither. What an option takes and its
 * one-line help stand in the schema (`src/core/config`); here are its name and what changes with it.
 */

/** Titles of the sections of the TOML. */
export const sectionTitles: Readonly<Record<string, string>> = {
  Model: 'The network',
  Architecture: 'Inside the network',
  Classification: 'Telling groups apart',
  Regression: 'Predicting a number',
  Reconstruction: 'Rebuilding the image',
  Computational: 'Batches and memory',
  Reproducibility: 'The same result again',
  Transfer_learning: 'Starting from a trained network',
  Mode: 'Parts of scans',
  Data: 'What the network is shown',
  Cross_validation: 'Folds',
  Optimization: 'How it learns',
  Informations: 'Notes on the run',
};

export const optionNames: Readonly<Record<string, string>> = {
  architecture: 'Network',
  multi_network: 'One network for each part',
  ssda_network: 'Adaptation to a second cohort',
  dropout: 'Dropout',
  latent_space_size: 'Size of the latent space',
  feature_size: 'Size of the layer before it',
  n_conv: 'Convolutions of an autoencoder',
  io_layer_channels: 'Channels at both ends',
  recons_weight: 'Weight of the rebuilt image',
  kl_weight: 'Weight of the latent distribution',
  normalization: 'Normalisation layers',
  selection_metrics: 'Best epoch by',
  label: 'Label to learn',
  label_code: 'Numbers of the classes',
  selection_threshold: 'Parts that may vote',
  loss: 'Loss',
  gpu: 'Use the GPU',
  n_proc: 'Processes that read',
  batch_size: 'Batch size',
  evaluation_steps: 'Look in between',
  fully_sharded_data_parallel: 'Several GPUs',
  amp: 'Half precision',
  seed: 'Seed',
  deterministic: 'Deterministic',
  compensation: 'Price of determinism',
  track_exp: 'Tracking service',
  transfer_path: 'Trained network',
  transfer_selection_metric: 'Which of its models',
  nb_unfrozen_layer: 'Layers that are trained',
  use_extracted_features: 'Extracted features',
  multi_cohort: 'Several cohorts',
  diagnoses: 'Diagnoses',
  baseline: 'First sessions only',
  valid_longitudinal: 'Validate on all sessions',
  normalize: 'Normalise intensities',
  data_augmentation: 'Random changes of the scans',
  sampler: 'Which scans are drawn',
  size_reduction: 'Smaller scans',
  size_reduction_factor: 'How much smaller',
  caps_target: 'CAPS of the second cohort',
  tsv_target_lab: 'Its labelled sets',
  tsv_target_unlab: 'Its unlabelled sessions',
  preprocessing_dict_target: 'Its preprocessing',
  n_splits: 'Folds',
  split: 'Folds to train',
  optimizer: 'Optimizer',
  epochs: 'Epochs',
  learning_rate: 'Learning rate',
  adaptive_learning_rate: 'Smaller steps when stuck',
  weight_decay: 'Weight decay',
  patience: 'Patience',
  tolerance: 'What counts as better',
  accumulation_steps: 'Batches a step',
  profiler: 'Time by GPU program',
  save_all_models: 'Keep every epoch',
  emissions_calculator: 'Carbon emissions',
};

/** What changes when someone changes it. */
export const optionEffects: Readonly<Record<string, string>> = {
  dropout:
    'More: the network leans less on single features and overfits later, but learns more slowly. 0.5 is common with few participants.',
  selection_metrics:
    'The best epoch of each is kept, and each gets results of its own. Many metrics cost storage, not time.',
  selection_threshold:
    'Raise it to 0.5 or more and parts that learnt nothing no longer pull the vote of a scan to chance.',
  loss: 'It decides which errors hurt. A squared error (MSELoss) hurts most where single predictions are far off; L1Loss and HuberLoss forgive outliers.',
  batch_size:
    'Larger: smoother steps and a faster epoch, but more memory and fewer steps. Halve it first when memory is short.',
  evaluation_steps: 'A smaller number shows trouble sooner and costs time at each look.',
  amp: 'Feature maps take half the memory. Scores may differ in the third digit.',
  seed: 'Another seed draws other sets, another start and another order. If the result hangs on it, there are too few participants.',
  baseline:
    'On: people with many visits count no more than others. Off: more scans to learn from. Validation and test are as set in Split.',
  normalize:
    'Off: scanners with other units of intensity look like other brains. Leave it on unless intensities mean something.',
  data_augmentation:
    'Each epoch sees the scans a little changed. It helps against overfitting, and makes the training loss fall more slowly.',
  sampler:
    '“weighted” draws rare classes more often, so that a network cannot win by always saying the common one.',
  size_reduction:
    'An eighth of the memory and the time at a factor of 2; small structures such as the hippocampus lose detail.',
  size_reduction_factor: 'Memory falls with the third power: 3 needs a twenty-seventh.',
  optimizer:
    'Adam suits most networks. SGD needs a learning rate about ten to a hundred times larger.',
  epochs: 'More: a better fit, until validation gets worse. The best epoch is kept either way.',
  learning_rate:
    'The setting that matters most. Too large: the loss jumps or becomes NaN. Too small: nothing moves. Try steps of ten.',
  adaptive_learning_rate: 'Helps when the loss falls, then stays where it is for long.',
  weight_decay: 'More: smaller weights, less overfitting; too much and nothing is learnt.',
  patience:
    'Saves time: training ends when validation stays where it is. With few participants allow ten or more.',
  tolerance: 'Above 0, small gains no longer count and training ends sooner.',
  accumulation_steps: 'Works like a batch so many times larger, at no more memory, in more time.',
  latent_space_size: 'Smaller: the network must sum a brain up in fewer numbers, and blurs it.',
  kl_weight: 'More: latent numbers closer to a normal distribution, images more blurred.',
  recons_weight: 'More: images closer to the input, latent numbers less orderly.',
  save_all_models: 'Needs storage for the weights of every epoch.',
  profiler: 'Shows which GPU programs take the time; thirty batches are measured.',
};

/** One line on each network. */
export const networkWords: Readonly<Record<string, string>> = {
  Conv4_FC3: 'Five small convolution blocks, three dense layers. Quick; the one to start with.',
  Conv5_FC3: 'Wider and deeper: ClinicaDL’s default for whole scans of 1 mm.',
  Stride_Conv5_FC3: 'Conv5_FC3 that halves by strides instead of pooling.',
  resnet18: 'The 18 layers of the photographs contest, for slices in three channels.',
  ResNet3D: 'Residual blocks in 3D; large, for whole scans.',
  SqueezeExcitationCNN: 'Residual blocks that weigh their channels; large.',
  AE_Conv4_FC3: 'Conv4_FC3 turned round behind its last block: compresses a scan and rebuilds it.',
  AE_Conv5_FC3: 'Conv5_FC3 turned round: ClinicaDL’s default for rebuilding.',
  CAE_half: 'Convolutional autoencoder for scans at half size.',
  CVAE_3D: 'Variational autoencoder for whole scans.',
  CVAE_3D_half: 'Variational autoencoder for scans at half size.',
  CVAE_3D_final_conv: 'The same with a last convolution that smooths.',
  Vanilla3DdenseVAE: 'Variational autoencoder with a dense latent space, as deep as you set it.',
  Vanilla3DspacialVAE: 'Variational autoencoder whose latent space keeps its place in the brain.',
  VanillaDenseVAE: 'The dense variational autoencoder, for slices.',
  VanillaSpatialVAE: 'The spatial variational autoencoder, for slices.',
  GeneratorUNet: 'U-Net: rebuilds with shortcuts from each scale to the same scale.',
  MonaiDenseNet121:
    'DenseNet of MONAI: each layer sees all before it. Few parameters, much memory.',
  MonaiResNet10: 'ResNet of MONAI with 10 layers; the lightest of the family.',
  MonaiResNet18: 'ResNet of MONAI with 18 layers.',
  MonaiResNet34: 'ResNet of MONAI with 34 layers.',
  MonaiResNet50: 'ResNet of MONAI with 50 layers.',
  MonaiSEResNet50: 'ResNet of MONAI with 50 layers that weigh their channels.',
  MonaiViT:
    'Vision transformer of MONAI: blocks of the scan attend to one another. Wants many scans.',
  MonaiAttentionUnet: 'U-Net of MONAI whose shortcuts choose what passes.',
};
