import { onGenerationSite } from '../../src/cli/run/onGenerationSite.ts'
import { contextOf } from '../../src/cli/run/verifyParts.ts'
import type { Problem } from '../../src/verify/problems.ts'
import { tenantsIn } from '../../src/verify/tenants.ts'
import { verifyViews } from '../../src/verify/verifyViews.ts'
import type { Site } from './engines.ts'
import { configOf } from './server.ts'

/** Row by row, what a generation shows and the log does not say, or the other way round. */
export function amissIn(
  { environment }: Pick<Site, 'environment'>,
  generation: number,
): Promise<readonly Problem[]> {
  return onGenerationSite(configOf(environment), async ({ log, open }) => {
    const parts = await open(generation)
    try {
      await parts.level()
      const context = contextOf({ log, ...parts }, () => true)
      const problems: Problem[] = []
      for await (const problem of verifyViews(context, { tenants: await tenantsIn(log) }))
        problems.push(problem)
      return problems
    } finally {
      await parts.close()
    }
  })
}
