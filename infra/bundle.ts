import { join } from 'node:path'
import { AssetHashType, DockerImage } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { buildSync } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

/** `entry` and all that it imports as one CommonJS file, `index.js`, made by esbuild in this process. */
export const bundle = (entry: string): Code =>
  Code.fromAsset(join(ROOT, 'src'), {
    // By what comes out: the same sources with another release of a dependency are another function.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never used: what does not build here fails here.
      image: DockerImage.fromRegistry('none'),
      // By this CDK tells one bundle from another: without it all functions would be the first one.
      command: [entry],
      local: {
        tryBundle(folder) {
          buildSync({
            entryPoints: [entry],
            outfile: join(folder, 'index.js'),
            bundle: true,
            platform: 'node',
            target: 'node24',
            format: 'cjs',
            absWorkingDir: ROOT,
            logLevel: 'error',
          })
          return true
        },
      },
    },
  })
