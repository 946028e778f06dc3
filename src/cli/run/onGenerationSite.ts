import type { Config } from '../config.ts'
import type { GenerationSite } from './GenerationSite.ts'

/** Engines that are not used are not loaded either. */
async function openGenerationSite({ log, views, data }: Config): Promise<GenerationSite> {
  if (log !== null && views !== null) {
    const { openSharedGenerations } = await import('./sharedGenerations.ts')
    return openSharedGenerations({ table: log, views })
  }
  const { openEmbeddedGenerations } = await import('./embeddedGenerations.ts')
  return openEmbeddedGenerations(data)
}

/** Opens the site of the engines that are configured for the work, and closes it afterwards. */
export async function onGenerationSite<A>(
  config: Config,
  work: (site: GenerationSite) => Promise<A>,
): Promise<A> {
  const site = await openGenerationSite(config)
  return work(site).finally(() => site.close())
}
