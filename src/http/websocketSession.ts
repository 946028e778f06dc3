import type { Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { badInput } from '../domain/errors.ts'
import { err } from '../domain/result.ts'
import type { Credentials, Verdict } from './auth.ts'
import type { RetryWindow } from './Connections.ts'
import { closeCodeOf, closeReason } from './closeCodes.ts'
import { PacedSender } from './PacedSender.ts'
import type { TransportParts } from './parts.ts'
import { SocketOutlet } from './SocketOutlet.ts'
import { Standing } from './Standing.ts'

/** Who is at the other end of one WebSocket. */
export class Session {
  readonly ip: string
  readonly sender: PacedSender
  /** Operations that were refused with RATE_LIMITED since the last that was not. */
  refusals = 0
  readonly #socket: WebSocket
  readonly #parts: TransportParts
  #standing: Standing
  #giveBack: (() => void) | null = null
  #hasEnded = false

  /** `connection`: what the WebSocket writes to. */
  constructor(socket: WebSocket, connection: Writable, ip: string, parts: TransportParts) {
    this.ip = ip
    const { maxBufferedBytes } = parts.settings.websocket
    this.sender = new PacedSender(new SocketOutlet(socket, connection, maxBufferedBytes))
    this.#socket = socket
    this.#parts = parts
    this.#standing = this.#standingOf({ presented: parts.keys.read(undefined), tenant: undefined })
  }

  /**
   * With connection_init's payload. Returns connection_ack's, which tells the client over what time to spread its reconnects after a
   * cut; false where it is not let in: the socket is then closed with the reason.
   */
  async introduce(
    payload: Readonly<Record<string, unknown>> | undefined,
  ): Promise<{ readonly retry: RetryWindow } | false> {
    const verdict = this.#count(await this.#admit(payload?.authorization, payload?.tenant))
    if (verdict.ok) return { retry: this.#parts.connections.retry }
    this.#parts.recordRefusal('websocket', this.ip, null, verdict.error)
    this.close(closeCodeOf(verdict.error.code), verdict.error.message)
    return false
  }

  async #admit(authorization: unknown = undefined, tenant: unknown = undefined): Promise<Verdict> {
    if (!isOptionalText(authorization))
      return err(badInput('authorization', authorization, 'must be a string'))
    if (!isOptionalText(tenant)) return err(badInput('tenant', tenant, 'must be a string'))
    const { keys, authenticator } = this.#parts
    const credentials = { presented: keys.read(authorization ?? undefined), tenant: tenant ?? undefined }
    this.#standing = this.#standingOf(credentials)
    return authenticator.admit(credentials, this.ip)
  }

  /** Against the connections that the key may have. */
  #count(verdict: Verdict): Verdict {
    if (!verdict.ok || this.#hasEnded) return verdict
    const { connections, settings } = this.#parts
    this.#giveBack = connections.ofKeys.take(verdict.value)
    if (this.#giveBack !== null) return verdict
    return err(connections.limited(`At most ${settings.maxFollowersPerKey} connections with one key`))
  }

  /** When the socket is closed. */
  end(): void {
    this.#hasEnded = true
    this.#giveBack?.()
  }

  #standingOf(credentials: Credentials): Standing {
    return new Standing(credentials, this.#parts.authenticator, this.#parts.gateway.feed)
  }

  /** Whether the client may still do what it came for. */
  get standing(): Standing {
    return this.#standing
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, closeReason(reason))
  }
}

const isOptionalText = (value: unknown): value is string | null | undefined =>
  value == null || typeof value === 'string'
