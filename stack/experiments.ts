import type { Stack } from './Stack.ts'

/** A way to break the stack. */
export interface Experiment {
  /** At the stack's own prompt. */
  readonly typed: string
  /** The same for a shell. */
  readonly elsewhere: string
  /** What is to be seen, and how it is mended. */
  readonly expect: readonly string[]
}

export function experiments(stack: Stack): readonly Experiment[] {
  const kill = (name: string): Pick<Experiment, 'typed' | 'elsewhere'> => {
    const { pid, killSignal } = stack.part(name)
    const signal = killSignal === 'SIGKILL' ? '9' : killSignal.slice('SIG'.length)
    return { typed: `kill ${name}`, elsewhere: `kill -${signal} ${pid}` }
  }
  const relay = stack.part('relay').pid
  return [
    {
      ...kill('gateway-1'),
      expect: [
        'The others have all that it has acknowledged: read there with its token, follow there from its cursor.',
        '`start gateway-1` brings it back.',
      ],
    },
    {
      typed: 'pause relay',
      elsewhere: `kill -STOP ${relay}; sleep 60; kill -CONT ${relay}`,
      expect: [
        'Kinesis falls silent. What one gateway writes is read on the other with its token all the same, and whoever',
        'follows there is told. `resume relay`.',
      ],
    },
    {
      ...kill('postgres'),
      expect: [
        'Reads and writes fail with UNAVAILABLE, though a write may have been made: the log has it then. After',
        '`start postgres` everything is shown that was written, and whoever follows is told of it.',
      ],
    },
    {
      ...kill('synchroniser'),
      expect: [
        'Nothing: gateways show their own writes. Only what a gateway had no time to show, being killed as well, waits',
        'for somebody to ask for it, or for `start synchroniser`.',
      ],
    },
    {
      ...kill('dynamodb'),
      expect: ['Writes fail with UNAVAILABLE after some seconds; reads go on. `start dynamodb`.'],
    },
    {
      ...kill('kinesis'),
      expect: [
        'All that was in it is lost, and nobody who reads or follows notices. `start kinesis` begins another one, with',
        'which the relay and the synchroniser go on; stop and start the transform, which looks for its place in the lost one.',
      ],
    },
  ]
}
