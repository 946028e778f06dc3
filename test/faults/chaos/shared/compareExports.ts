import type { Finished } from '../../../support/process.ts'
import type { Cli } from '../Cli.ts'

/** What the views show against what the log's events say by themselves. */
export async function compareExports(cli: Cli): Promise<Finished> {
  const shown = await cli.run(['export'])
  const said = await cli.run(['export', '--as-of', new Date().toISOString()])
  if (shown.code !== 0) return shown
  if (said.code !== 0) return said
  const [here, there] = [linesIn(shown), linesIn(said)]
  const amiss = [...here, ...there].filter((line) => !(here.has(line) && there.has(line))).slice(0, 10)
  return amiss.length === 0 ? shown : { code: 4, stdout: amiss.join('\n'), stderr: '' }
}

const linesIn = ({ stdout }: Finished): Set<string> =>
  new Set(stdout.split('\n').map((line) => line.replace(/"change":"[^"]*"/, '')))
