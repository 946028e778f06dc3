/** For tests. Each promise resolves when the change is in effect. */
export interface FeedControls {
  /** The background work stops; `reach` still has events applied. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Nothing is applied any more, not even for `reach`. */
  hold(): Promise<void>
  release(): Promise<void>
}
