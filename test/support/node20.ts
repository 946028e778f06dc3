import { spawnSync } from 'node:child_process'

const PLACES = ['/usr/bin/node', '/usr/local/bin/node']

/** The oldest Node that the client is for. NODE_20 names one; null where there is none. */
export const findNode20 = (): string | null =>
  [process.env.NODE_20 ?? '', ...PLACES].find(
    (place) =>
      place !== '' && spawnSync(place, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('v20.'),
  ) ?? null
