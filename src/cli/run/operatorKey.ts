import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newSecret } from '../../commands/handler.ts'
import { hashSecret } from '../../domain/secrets.ts'

export interface OperatorKey {
  readonly hash: string
  /** The key itself, where it was made just now: to be shown once. Only its hash is kept. */
  readonly made: string | null
}

/** The configured key, or the one that was made at the first start. Delete `operator-key.sha256` to have a new one made. */
export async function operatorKey(folder: string, configured: string | null): Promise<OperatorKey> {
  if (configured !== null) return { hash: hashSecret(configured), made: null }
  const file = join(folder, 'operator-key.sha256')
  const made = newSecret()
  try {
    await writeFile(file, `${hashSecret(made)}\n`, { flag: 'wx', mode: 0o600 })
    return { hash: hashSecret(made), made }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return { hash: (await readFile(file, 'utf8')).trim(), made: null }
  }
}
