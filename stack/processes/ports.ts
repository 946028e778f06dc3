import { StackFailure } from '../StackFailure.ts'
import { freePort, isFree } from './freePort.ts'

/** So many ports from the first one on, all of which are free just now; any, where the first is 0. */
export async function portsFrom(first: number, count: number): Promise<readonly number[]> {
  const ports: number[] = []
  for (let i = 0; i < count; i++) ports.push(first === 0 ? await freePort() : first + i)
  const taken: number[] = []
  for (const port of ports) if (!(await isFree(port))) taken.push(port)
  if (taken.length === 0) return ports
  const [they, are] = taken.length === 1 ? ['Port', 'is'] : ['Ports', 'are']
  throw new StackFailure(
    `${they} ${taken.join(' and ')} of 127.0.0.1 ${are} taken: name another first port with --port, or 0 for any that are free`,
  )
}
