/** The model card of a MAPS: what its files say, gathered and written. */
import type { WritableTree } from '../../core/files/file-tree.ts';
import { needFile } from '../../core/files/read.ts';
import { cardFacts } from '../../core/maps/card-facts.ts';
import { modelPath } from '../../core/maps/layout.ts';
import { modelCardText, type LeakageFacts } from '../../core/maps/model-card.ts';
import { preprocessingSteps } from '../../core/onnx/preprocessing.ts';
import { parameterCount } from '../../engine/networks/network.ts';
import { parseRecord } from '../audit/leakage-record.ts';
import { hex, sha256 } from '../../core/files/sha256.ts';
import type { PlainContext } from '../shared/context.ts';
import { descriptionDate } from '../shared/dates.ts';
import { chooseModel, preprocessingOf, WRITER, type ExportRequest } from './chosen-model.ts';

export const MODEL_CARD = 'model-card.md';

/**
 * Writes `model-card.md`.
 * @returns its path
 * @throws CapsuleError of `chooseModel`, MAPS_DAMAGED
 */
export async function exportModelCard(
  request: ExportRequest,
  output: WritableTree,
  { clock }: Pick<PlainContext, 'clock'>,
): Promise<string> {
  const chosen = await chooseModel(request);
  const { tree, maps, model, split, metric, networks } = chosen;
  const { extra } = maps.parameters;
  const { fileType } = model.extraction;
  const [first] = networks as [(typeof networks)[number]];
  const weights: { file: string; sha256: string }[] = [];
  for (const { number } of networks) {
    const file = modelPath(split.name, metric, number);
    const bytes = await (await needFile(tree, file)).bytes();
    weights.push({ file, sha256: hex(await sha256(bytes)) });
  }
  const leakage = await maps.leakage();
  const text = modelCardText({
    ...(await cardFacts(tree, maps, split, metric)),
    ...{ config: model.config, name: maps.name, split: split.name, metric, weights },
    epoch: (await split.checkpoint(metric, first.number)).epoch,
    parameterCount: parameterCount(model.plan),
    ...{ inputSize: extra.input_size, classes: model.classes },
    volumes: `${fileType.description} (${fileType.pattern})`,
    steps: preprocessingSteps(preprocessingOf(chosen)),
    validation: model.config.n_splits > 1 ? 'KFoldSplit' : 'SingleSplit',
    leakage: leakage === undefined ? undefined : leakageFacts(leakage),
    written: descriptionDate(clock.now()).slice(0, 10),
    writer: WRITER,
  });
  await output.write(MODEL_CARD, text);
  return MODEL_CARD;
}

function leakageFacts(text: string): LeakageFacts {
  const { verdict, overridden, findings, groups } = parseRecord(text);
  const leaky = groups.filter((group) => group.verdict === 'leaky').map(({ name }) => name);
  return { verdict, overridden, findings, leakyGroups: leaky };
}
