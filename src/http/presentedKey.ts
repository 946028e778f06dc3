import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { type DomainError, domainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { hashSecret } from '../domain/secrets.ts'

/** A key that somebody showed. The key itself is not kept. */
export interface PresentedKey {
  readonly hashed: string
  readonly isOperator: boolean
}

export type Presented = Result<PresentedKey, DomainError>

/** Reads what clients show as "Bearer <key>". */
export class KeyReader {
  readonly #operatorHash: Buffer
  readonly #last = new WeakMap<Socket, { readonly authorization: string; readonly presented: Presented }>()

  /** `operatorKeyHash`: of `hashSecret`. */
  constructor(operatorKeyHash: string) {
    this.#operatorHash = Buffer.from(operatorKeyHash)
    if (this.#operatorHash.length !== HASH_CHARS) throw new Error("the operator key's hash is malformed")
  }

  /** UNAUTHENTICATED where there is no key, or not as it should be. Hashes are compared, in time that tells nothing. */
  read(authorization: string | undefined): Presented {
    if (authorization === undefined || authorization === '') return NO_KEY
    if (authorization.slice(0, BEARER.length).toLowerCase() !== BEARER) return NOT_BEARER
    const hashed = hashSecret(authorization.slice(BEARER.length))
    return ok({ hashed, isOperator: timingSafeEqual(Buffer.from(hashed), this.#operatorHash) })
  }

  /**
   * As `read`. A connection mostly shows the same key again, and is then spared the hashing; that its text is compared with
   * what the same connection sent before tells nobody anything new.
   */
  readFrom(connection: Socket, authorization: string | undefined): Presented {
    if (authorization === undefined) return NO_KEY
    const last = this.#last.get(connection)
    if (last?.authorization === authorization) return last.presented
    const presented = this.read(authorization)
    this.#last.set(connection, { authorization, presented })
    return presented
  }
}

const BEARER = 'bearer '
/** SHA-256 in base64url. */
const HASH_CHARS = 43

const refused = (message: string): Presented => err(domainError('UNAUTHENTICATED', message))

const NO_KEY = refused('Authorization: send "Bearer <key>", with an API key or the operator key')
const NOT_BEARER = refused('Authorization: the scheme must be Bearer')
