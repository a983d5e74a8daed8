import { labels } from '../../pool/names.ts';

/** Which slot an object belongs to. */
export interface SlotIdentity {
  readonly pool: string;
  readonly index: number;
  readonly agentClass: string;
}

/** undefined when a label is missing or damaged: such an object is nobody's. */
export function readSlotLabels(given: Readonly<Record<string, string>> | null | undefined): SlotIdentity | undefined {
  const pool = given?.[labels.pool];
  const agentClass = given?.[labels.agentClass];
  const index = given?.[labels.index];
  if (!pool || !agentClass || index === undefined || !/^(0|[1-9]\d{0,5})$/.test(index)) return undefined;
  return { pool, agentClass, index: Number(index) };
}

const ownership = [labels.managedBy, labels.instance, labels.pool, labels.index];

/** Whether an object that was found is the one that was to be created: of the same instance, pool and index. */
export function sameSlot(
  found: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>> | undefined,
): boolean {
  return ownership.every((label) => wanted?.[label] !== undefined && found?.[label] === wanted[label]);
}
