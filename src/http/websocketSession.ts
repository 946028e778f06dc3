import type { WebSocket } from 'ws'
import type { DomainError } from '../domain/errors.ts'
import { badInput } from '../domain/errors.ts'
import { err, type Result } from '../domain/result.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { Feed } from '../feed/Feed.ts'
import type { Authenticator, Credentials } from './auth.ts'
import { closeCodeOf, closeReason } from './closeCodes.ts'
import type { RecordRefusal } from './operationLog.ts'
import { pacedSend } from './pacedSend.ts'
import type { TransportParts } from './parts.ts'
import type { KeyReader } from './presentedKey.ts'

type Verdict = Result<Viewer, DomainError>

/** Who is at the other end of one WebSocket. */
export class Session {
  readonly ip: string
  /** At the pace of the client: see pacedSend. */
  readonly send: (data: string) => Promise<void> | void
  readonly #socket: WebSocket
  readonly #keys: KeyReader
  readonly #authenticator: Authenticator
  readonly #feed: Feed
  readonly #recordRefusal: RecordRefusal
  #credentials: Credentials
  #last: { readonly position: number; readonly verdict: Verdict } | null = null

  constructor(
    socket: WebSocket,
    ip: string,
    { keys, authenticator, gateway, recordRefusal, settings }: TransportParts,
  ) {
    this.#socket = socket
    this.send = pacedSend(socket, settings.websocket.maxBufferedBytes)
    this.ip = ip
    this.#keys = keys
    this.#authenticator = authenticator
    this.#feed = gateway.feed
    this.#recordRefusal = recordRefusal
    this.#credentials = { presented: keys.read(undefined), tenant: undefined }
  }

  /** With connection_init's payload. False where the client is not let in: the socket is then closed with the reason. */
  async introduce(payload: Readonly<Record<string, unknown>> | undefined): Promise<boolean> {
    const verdict = await this.#admit(payload?.authorization, payload?.tenant)
    if (verdict.ok) return true
    this.#recordRefusal('websocket', this.ip, null, verdict.error)
    this.close(closeCodeOf(verdict.error.code), verdict.error.message)
    return false
  }

  async #admit(authorization: unknown = undefined, tenant: unknown = undefined): Promise<Verdict> {
    if (!isOptionalText(authorization))
      return err(badInput('authorization', authorization, 'must be a string'))
    if (!isOptionalText(tenant)) return err(badInput('tenant', tenant, 'must be a string'))
    this.#credentials = {
      presented: this.#keys.read(authorization ?? undefined),
      tenant: tenant ?? undefined,
    }
    return this.#authenticator.admit(this.#credentials, this.ip)
  }

  /** Whether the client may still do what it came for. */
  async authorise(): Promise<Verdict> {
    const { position } = this.#feed
    const verdict = await this.#authenticator.identify(this.#credentials)
    this.#last = { position, verdict }
    return verdict
  }

  /**
   * As `authorise`, but cheap: it asks again only if the views have moved, as they do before anything is published. So nothing
   * that was committed after a key was revoked is ever told to its holder.
   */
  async recheck(): Promise<Verdict> {
    if (this.#last?.position === this.#feed.position) return this.#last.verdict
    return this.authorise()
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, closeReason(reason))
  }
}

const isOptionalText = (value: unknown): value is string | null | undefined =>
  value == null || typeof value === 'string'
