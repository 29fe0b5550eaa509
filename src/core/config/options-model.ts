/** Options of the network: sections Model, Architecture and Transfer_learning. */
import { choice, decimal, flag, integer, pathOrFalse, quantity, text } from './option.ts';

/** Those that classify; `default` is Conv5_FC3, as in 1.6.1 for classification. */
export const ARCHITECTURES_TODAY = [
  ...['default', 'Conv5_FC3', 'Conv4_FC3', 'Stride_Conv5_FC3'],
  ...['ResNet3D', 'SqueezeExcitationCNN', 'resnet18'],
];

const AUTOENCODERS = 'Autoencoders are not there yet.';

export const MODEL = {
  architecture: text('default', {
    help: 'Name of the network. "default" is Conv5_FC3.',
    works: ARCHITECTURES_TODAY,
    cli: { long: '--architecture', short: '-a' },
  }),
  multi_network: flag(false, {
    help: 'One network for each patch, slice or region instead of one for all.',
    supported: 'Only one network for all parts works today.',
    cli: { long: '--multi_network', negative: '--single_network' },
  }),
  ssda_network: flag(false, {
    help: 'Semi-supervised domain adaptation to a second cohort.',
    supported: 'Domain adaptation is not there yet.',
    cli: { long: '--ssda_network', negative: '--single_network' },
  }),
};

export const ARCHITECTURE = {
  dropout: decimal(
    0,
    { min: 0, max: 1 },
    {
      help: 'Share of the features that each dropout layer sets to zero while training.',
      cli: { long: '--dropout' },
    },
  ),
  latent_space_size: integer(
    128,
    { min: 1 },
    { help: 'Size of the latent space of an autoencoder.', supported: AUTOENCODERS },
  ),
  feature_size: integer(
    1024,
    { min: 1 },
    { help: 'Size of the layer before the latent space.', supported: AUTOENCODERS },
  ),
  n_conv: integer(
    4,
    { min: 1 },
    { help: 'Number of convolutions of an autoencoder.', supported: AUTOENCODERS },
  ),
  io_layer_channels: integer(
    8,
    { min: 1 },
    { help: 'Channels of the first and the last layer.', supported: AUTOENCODERS },
  ),
  recons_weight: quantity(
    1,
    {},
    { help: 'Weight of the reconstruction in the loss.', supported: AUTOENCODERS },
  ),
  kl_weight: quantity(
    1,
    {},
    { help: 'Weight of the Kullback-Leibler divergence in the loss.', supported: AUTOENCODERS },
  ),
  normalization: choice('batch', ['batch', 'group', 'instance'], {
    help: 'Kind of normalisation layers of an autoencoder.',
    supported: AUTOENCODERS,
  }),
};

export const TRANSFER_LEARNING = {
  transfer_path: pathOrFalse({
    help: 'MAPS whose weights the training starts from.',
    cli: { long: '--transfer_path', short: '-tp' },
  }),
  transfer_selection_metric: text('loss', {
    help: 'Which of the best models of that MAPS is taken.',
    cli: { long: '--transfer_selection_metric', short: '-tsm' },
  }),
  nb_unfrozen_layer: integer(
    0,
    { min: 0 },
    {
      help: 'How many of the last layers are trained; 0 trains all of them.',
      supported: 'Frozen layers are not there yet.',
      cli: { long: '--nb_unfrozen_layer', short: '-nul' },
    },
  ),
};
