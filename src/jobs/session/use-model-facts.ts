/** What a MAPS says of its model, for someone who did not train it: facts of its card, as data. */
import type { FileTree } from '../../core/files/file-tree.ts';
import { cardFacts } from '../../core/maps/card-facts.ts';
import { isTrainingGroup } from '../../core/maps/layout.ts';
import { preprocessingSteps } from '../../core/onnx/preprocessing.ts';
import { parameterCount } from '../../engine/networks/network.ts';
import { parseRecord } from '../audit/leakage-record.ts';
import { chooseModel, preprocessingOf } from '../export/chosen-model.ts';
import type { ModelFacts } from './use-model-api.ts';

/** Programs on which the numbers depend. */
const PROGRAMS = /^(capsule|clinicadl|torch|tensorflow-js)==/;

/** @throws CapsuleError MAPS_UNFINISHED, MAPS_DAMAGED */
export async function modelFacts(tree: FileTree): Promise<ModelFacts> {
  const chosen = await chooseModel({ maps: tree });
  const { maps, model, split, metric } = chosen;
  const facts = await cardFacts(chosen.tree, maps, split, metric);
  const leakage = await maps.leakage();
  const record = leakage === undefined ? undefined : parseRecord(leakage);
  const { description, pattern } = model.extraction.fileType;
  return {
    ...{ parameters: parameterCount(model.plan), volumes: description, pattern },
    steps: preprocessingSteps(preprocessingOf(chosen)).map((step) => step.description),
    sets: facts.sets
      .filter(({ name }) => isTrainingGroup(name))
      .map(({ name, participants, sessions, labels, values }) => ({
        ...{ name, participants, sessions },
        labels: [...(labels ?? [])].map(([label, count]) => ({ name: label, sessions: count })),
        ...{ mean: values?.mean, deviation: values?.deviation },
      })),
    date: facts.date,
    madeWith: (facts.environment ?? []).filter((line) => PROGRAMS.test(line)),
    splits: maps.wholeSplits().map(({ index }) => index),
    audit: record && { verdict: record.verdict, overridden: record.overridden },
    namesParticipants: maps.namesParticipants,
  };
}
