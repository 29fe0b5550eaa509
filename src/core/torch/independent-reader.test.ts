/**
 * What we write, read by another road: fflate opens the zip and a hand-made parser, which shares no
 * code with this folder, walks the pickle. A mistake that reader and writer make together shows here.
 */
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { checkpointBytes, optimizerCheckpointBytes } from './checkpoint.ts';
import { PyFloat, PyTuple, type PyDict, type PyValue } from './python-values.ts';
import { TorchTensor } from './tensor.ts';
import { archiveBytes, writeTorch } from './write.ts';

/** Python source for a pickle of protocol 2, by the table in CPython's Lib/pickletools.py. */
function disassemble(pickle: Uint8Array): string {
  const view = new DataView(pickle.buffer, pickle.byteOffset, pickle.byteLength);
  const stack: string[] = [];
  const marks: number[] = [];
  const latin = (from: number, to: number) => String.fromCharCode(...pickle.subarray(from, to));
  const pop = () => stack.pop() ?? 'nothing';
  const group = () => stack.splice(marks.pop() ?? 0);
  let at = 0;
  for (;;) {
    const opcode = latin(at, at + 1);
    at += 1;
    if (opcode === '.') return pop();
    else if (opcode === '\x80') at += 1;
    else if (opcode === '}') stack.push('{}');
    else if (opcode === ']') stack.push('[]');
    else if (opcode === ')') stack.push('()');
    else if (opcode === '(') marks.push(stack.length);
    else if (opcode === 'N') stack.push('None');
    else if (opcode === '\x88') stack.push('True');
    else if (opcode === '\x89') stack.push('False');
    else if (opcode === 'K') stack.push(String(pickle[at++]));
    else if (opcode === 'J') {
      stack.push(String(view.getInt32(at, true)));
      at += 4;
    } else if (opcode === '\x8a') {
      const length = pickle[at] as number;
      const digits = [...pickle.subarray(at + 1, at + 1 + length)].reverse();
      const hex = digits.map((digit) => digit.toString(16).padStart(2, '0')).join('');
      stack.push(String(BigInt.asIntN(8 * length, BigInt(`0x${hex}`))));
      at += 1 + length;
    } else if (opcode === 'G') {
      const value = view.getFloat64(at);
      stack.push(Number.isInteger(value) ? `${value}.0` : String(value));
      at += 8;
    } else if (opcode === 'X') {
      const length = view.getUint32(at, true);
      stack.push(`'${new TextDecoder().decode(pickle.subarray(at + 4, at + 4 + length))}'`);
      at += 4 + length;
    } else if (opcode === 'c') {
      const line = pickle.indexOf(10, at);
      const end = pickle.indexOf(10, line + 1);
      stack.push(`${latin(at, line)}.${latin(line + 1, end)}`);
      at = end + 1;
    } else if (opcode === 't') {
      const items = group();
      stack.push(`(${items.join(',')}${items.length === 1 ? ',' : ''})`);
    } else if (opcode === 'e') {
      const items = group();
      stack.push(`${pop().slice(0, -1)}${items.join(',')}]`);
    } else if (opcode === 'u') {
      const items = group();
      const pairs = items.flatMap((key, i) => (i % 2 === 0 ? [`${key}:${items[i + 1]}`] : []));
      const target = pop();
      stack.push(target === '{}' ? `{${pairs.join(',')}}` : `${target}{${pairs.join(',')}}`);
    } else if (opcode === 'Q') stack.push(`storage${pop()}`);
    else if (opcode === 'R') {
      const args = pop();
      stack.push(`${pop()}${args}`);
    } else if (opcode === 'b') {
      const state = pop();
      stack.push(`${pop()}@${state}`);
    } else throw new Error(`instruction ${opcode.charCodeAt(0)} before byte ${at}`);
  }
}

const weights = Float32Array.from([0.5, -1.25, 3e-20, 7, 1e30, -0]);
const tensorText = (type: string, key: number, length: number, shape: string, strides: string) =>
  `torch._utils._rebuild_tensor_v2(storage('storage',torch.${type},'${key}','cpu',${length}),0,${shape},${strides},False,collections.OrderedDict())`;

describe('a written checkpoint, read independently', () => {
  const bytes = archiveBytes(
    checkpointBytes({
      model: new Map([
        ['fc.0.weight', TorchTensor.float32([2, 3], weights)],
        ['fc.0.num_batches_tracked', TorchTensor.int64([], [5])],
      ]),
      epoch: 300,
      name: 'Conv4_FC3',
      metadata: new Map([['', new Map([['version', 1]])]]),
    }),
  );
  const entries = unzipSync(bytes);

  it('holds the entries of a PyTorch archive', () => {
    expect(Object.keys(entries)).toEqual([
      'checkpoint.pth/data.pkl',
      'checkpoint.pth/byteorder',
      'checkpoint.pth/data/0',
      'checkpoint.pth/data/1',
      'checkpoint.pth/version',
    ]);
    expect(new TextDecoder().decode(entries['checkpoint.pth/version'])).toBe('3\n');
    expect(new TextDecoder().decode(entries['checkpoint.pth/byteorder'])).toBe('little');
  });

  it('names, shapes, strides and types stand in the pickle', () => {
    const pickle = entries['checkpoint.pth/data.pkl'] as Uint8Array;
    const weight = tensorText('FloatStorage', 0, 6, '(2,3)', '(3,1)');
    const count = tensorText('LongStorage', 1, 1, '()', '()');
    expect(disassemble(pickle).replaceAll('(())', '()')).toBe(
      `{'model':collections.OrderedDict(){'fc.0.weight':${weight},'fc.0.num_batches_tracked':${count}}` +
        `@{'_metadata':{'':{'version':1}}},'epoch':300,'name':'Conv4_FC3'}`,
    );
  });

  it('elements stand little-endian in the storages, at multiples of 64 bytes', () => {
    const storage = entries['checkpoint.pth/data/0'] as Uint8Array;
    const view = new DataView(storage.buffer, storage.byteOffset);
    expect(Array.from(weights, (_, i) => view.getFloat32(4 * i, true))).toEqual([...weights]);
    expect([...(entries['checkpoint.pth/data/1'] as Uint8Array)]).toEqual([5, 0, 0, 0, 0, 0, 0, 0]);
    const pattern = [...new Uint8Array(weights.buffer)];
    const start = bytes.findIndex((_, at) => pattern.every((byte, i) => bytes[at + i] === byte));
    expect(start % 64).toBe(0);
  });

  it('writes the state of an optimizer with integer keys, floats apart from integers', () => {
    const group: PyDict = new Map<string, PyValue>([
      ['lr', new PyFloat(1)],
      ['betas', new PyTuple([new PyFloat(0.9), new PyFloat(0.999)])],
      ['foreach', null],
      ['amsgrad', false],
      ['params', [0, -1]],
    ]);
    const optimizer: PyDict = new Map<string, PyValue>([
      [
        'state',
        new Map([
          [0, new Map<string, PyValue>([['step', TorchTensor.float32([], Float32Array.of(2))]])],
        ]),
      ],
      ['param_groups', [group]],
    ]);
    const archive = unzipSync(
      archiveBytes(optimizerCheckpointBytes({ optimizer, epoch: 0, name: 'x' })),
    );
    expect(disassemble(archive['optimizer.pth/data.pkl'] as Uint8Array)).toBe(
      `{'optimizer':{'state':{0:{'step':${tensorText('FloatStorage', 0, 1, '()', '()')}}},` +
        `'param_groups':[{'lr':1.0,'betas':(0.9,0.999),'foreach':None,'amsgrad':False,'params':[0,-1]}]},` +
        `'epoch':0,'name':'x'}`,
    );
  });

  it('writes integers of every width', () => {
    const values = [0, 255, 256, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 52, 2n ** 80n, -(2n ** 63n)];
    const archive = unzipSync(archiveBytes(writeTorch(values)));
    expect(disassemble(archive['archive/data.pkl'] as Uint8Array)).toBe(`[${values.join(',')}]`);
  });
});
