/** A gateway with this shows what was written, however slow the machine is. */
export const PATIENT = { ROLLCALL_VIEW_DEADLINE_MS: '30000' }
