import {
  type ChangeFilter,
  type Client,
  createClient,
  type Following,
  follow,
  GroupByNameDocument,
  GroupDocument,
  RollcallError,
  UserByUsernameDocument,
  UserDocument,
  ViewerDocument,
} from '../../client/index.ts'
import { type SqliteReplica, sqliteReplica } from '../../client/sqlite/index.ts'
import { CommandFailure } from '../command.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'
import { FollowLines } from './FollowLines.ts'
import { FollowNotes } from './FollowNotes.ts'

export interface FollowRequest {
  readonly url: string
  readonly key: string
  readonly tenant: string | null
  readonly snapshot: boolean
  readonly after: string | null
  /** Ids or present names. */
  readonly users: readonly string[] | null
  readonly groups: readonly string[] | null
  readonly events: readonly string[] | null
  /** A file to keep a copy in. */
  readonly into: string | null
  readonly json: boolean
}

/** Until SIGINT or SIGTERM. What cannot be mended by trying again ends it with an exit code. */
export async function followServer(request: FollowRequest, terminal: Terminal): Promise<ExitCode> {
  const client = clientOf(request)
  const replica = request.into === null ? null : openReplica(request.into)
  try {
    const filter = await filterOf(client, request)
    const lines = new FollowLines(client, replica, { json: request.json, terminal })
    const notes = new FollowNotes(terminal)
    const following = follow(client, {
      ...(replica === null ? { snapshot: request.snapshot } : { replica }),
      ...(request.after !== null && { after: request.after }),
      ...(filter !== null && { filter }),
      onStatus: (status) => notes.status(status),
      async onChange(change) {
        if (replica !== null && notes.isCopying) notes.copied()
        else await lines.change(change)
      },
      onMark: (mark) => lines.mark(mark),
    })
    await untilStopped(following)
    if (following.cursor !== null) terminal.note(whereToGoOn(request, following.cursor))
    return EXIT.ok
  } catch (error) {
    throw error instanceof RollcallError ? failureOf(await inFull(client, error)) : error
  } finally {
    replica?.close()
  }
}

function clientOf({ url, key, tenant }: FollowRequest): Client {
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new CommandFailure(
      `--url: must be an address like http://127.0.0.1:4000, but was ${url}`,
      EXIT.usage,
    )
  }
  return createClient({ url, key, ...(tenant !== null && { tenant }) })
}

function openReplica(file: string): SqliteReplica {
  try {
    return sqliteReplica(file)
  } catch (error) {
    throw new CommandFailure(`--into: ${file}: ${(error as Error).message}`, EXIT.usage)
  }
}

async function filterOf(
  client: Client,
  { users, groups, events }: FollowRequest,
): Promise<ChangeFilter | null> {
  if (users === null && groups === null && events === null) return null
  return {
    userIds: users && (await Promise.all(users.map((name) => userIdOf(client, name)))),
    groupIds: groups && (await Promise.all(groups.map((name) => groupIdOf(client, name)))),
    events,
  }
}

/** The id that was given, or that of whoever has the name now. */
async function userIdOf(client: Client, name: string): Promise<string> {
  const { user } = await client.request(UserDocument, { id: name })
  const { userByUsername } = user
    ? { userByUsername: user }
    : await client.request(UserByUsernameDocument, { username: name })
  return userByUsername?.id ?? unknown('user', name)
}

async function groupIdOf(client: Client, name: string): Promise<string> {
  const { group } = await client.request(GroupDocument, { id: name })
  const { groupByName } = group ? { groupByName: group } : await client.request(GroupByNameDocument, { name })
  return groupByName?.id ?? unknown('group', name)
}

function unknown(what: string, name: string): never {
  throw new CommandFailure(`--${what}: there is no ${what} ${JSON.stringify(name)}`, EXIT.usage)
}

/** Rejects as `done` does. A second signal ends the process at once. */
async function untilStopped(following: Following): Promise<void> {
  const stop = () => void following.stop().catch(() => {})
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  try {
    await following.done
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
  }
}

const whereToGoOn = ({ into }: FollowRequest, cursor: string): string =>
  into === null
    ? `To go on from here: --after ${cursor}`
    : `${into} is kept up to here; the same command goes on from it`

/** A closed WebSocket does not tell a key of another tenant from a tenant that is not there; an answer to a request does. */
async function inFull(client: Client, error: RollcallError): Promise<RollcallError> {
  if (error.code !== 'FORBIDDEN') return error
  return client.request(ViewerDocument, {}).then(
    () => error,
    (reason: unknown) => (reason instanceof RollcallError ? reason : error),
  )
}

/** What the server refuses for good is wrong usage, but for what is not for the user to mend. */
function failureOf({ code, message }: RollcallError): CommandFailure {
  const isTheirs = code === 'NETWORK' || code === 'UNAVAILABLE' || code === 'INTERNAL'
  return new CommandFailure(`${code}: ${message}`, isTheirs ? EXIT.unavailable : EXIT.usage)
}
