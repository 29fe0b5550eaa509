/** Options of the network: sections Model, Architecture and Transfer_learning. */
import { choice, decimal, flag, integer, pathOrFalse, quantity, text } from './option.ts';

export const MODEL = {
  architecture: text('default', {
    help: 'Name of the network (`capsule list-models`). "default" is Conv5_FC3, for a reconstruction AE_Conv5_FC3.',
    cli: { long: '--architecture', short: '-a' },
  }),
  multi_network: flag(false, {
    help: 'One network for each patch, slice or region instead of one for all.',
    cli: { long: '--multi_network', negative: '--single_network' },
  }),
  ssda_network: flag(false, {
    help: 'Semi-supervised domain adaptation to a second cohort, of a classification by Conv5_FC3_SSDA. Its head for the target predicts new groups.',
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
    { help: 'Size of the latent space of an autoencoder.' },
  ),
  feature_size: integer(
    1024,
    { min: 0 },
    { help: 'Size of the layer before the latent space of a Vanilla autoencoder; 0 for none.' },
  ),
  n_conv: integer(4, { min: 1 }, { help: 'Number of convolutions of an autoencoder.' }),
  io_layer_channels: integer(8, { min: 1 }, { help: 'Channels of the first and the last layer.' }),
  recons_weight: quantity(1, {}, { help: 'Weight of the reconstruction in the loss.' }),
  kl_weight: quantity(1, {}, { help: 'Weight of the Kullback-Leibler divergence in the loss.' }),
  normalization: choice('batch', ['batch', 'group', 'instance'], {
    help: 'Kind of normalisation layers of an autoencoder.',
  }),
};

export const TRANSFER_LEARNING = {
  transfer_path: pathOrFalse({
    help: 'MAPS, or file of weights (safetensors, .pt, .pth, .pth.tar), that the training starts from.',
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
      help: 'How many of the last layers are trained, normalisations counted; 0 trains all of them.',
      cli: { long: '--nb_unfrozen_layer', short: '-nul' },
    },
  ),
};
