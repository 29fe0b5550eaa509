/** `capsule doctor`: what this machine would run on, and what is missing. */
import { freemem, totalmem } from 'node:os';
import type { Command } from 'commander';
import type { DeviceReport } from '../../src/core/reports.ts';
import { openEngine } from '../engine.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say which adapter would be used, with its limits, and what would run')
    .option('--json', 'print the report as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const engine = await openEngine();
      try {
        const report = engine.device.report;
        process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : inWords(report));
      } finally {
        engine.close();
      }
    });
}

function inWords(report: DeviceReport): string {
  const yes = (value: boolean) => (value ? 'yes' : 'no');
  const kinds = { gpu: 'graphics card', software: 'software (on the processor)', none: 'none' };
  const rows: [string, string][] = [
    ['adapter', `${report.name}: ${kinds[report.kind]}`],
    ...(report.driver === '' ? [] : ([['driver', report.driver]] as [string, string][])),
    ['half precision', halves(report)],
    ['subgroups', yes(report.subgroups)],
    ['timestamps', yes(report.timestamps)],
    ['largest buffer', size(report.maxBufferSize)],
    ['largest binding', size(report.maxBindingSize)],
    ['memory', `${size(freemem())} free of ${size(totalmem())}`],
    ['Node', process.version],
    [
      'would run',
      report.kind === 'none'
        ? 'training and prediction on the processor, very slowly'
        : 'training, prediction and saliency on WebGPU in 32-bit floats; training in halves with --amp',
    ],
    ...(report.remark === undefined ? [] : ([['remark', report.remark]] as [string, string][])),
  ];
  return rows.map(([name, value]) => `${name.padEnd(16)}${value}\n`).join('');
}

function halves(report: DeviceReport): string {
  if (report.kind === 'none') return 'no WebGPU';
  return report.halfPrecision
    ? 'stored as f16 (the device has shader-f16)'
    : 'stored packed, two in a 32-bit word (the device lacks shader-f16)';
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
