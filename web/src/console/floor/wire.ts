/** What GET /api/v1/agent/floor answers. Times are UTC ms, those of the server's clock. */
import type { Desk, QueueState, Reservation, ServiceClock, Visitor } from '@/client/protocol.gen';

export type AgentState = Desk['state'];
export type Mode = Reservation['mode'];
export type Needs = NonNullable<QueueState['needs']>;

export const KINDS = ['first', 'next', 'wait'] as const;
/** The first answer, the next ones, somebody's accepting. */
export type Kind = (typeof KINDS)[number];

export interface Score {
  achieved: number;
  breached: number;
}

export type Level = Record<Kind, Score>;

export interface FloorDepartment {
  id: string;
  name: string;
  open: boolean;
  closes_at: number | null;
  opens_at: number | null;
  waiting: number;
  longest_since: number | null;
  offered: number;
  staffed: boolean;
  served: number;
  level: Level;
}

export interface Waiting {
  conv: string;
  task: string;
  visitor: Visitor;
  /** Its id. */
  department: string;
  /** 0: a callback, later. */
  place: number;
  since: number;
  mode: Mode;
  needs: Needs;
  lang: string;
  state: string;
  /** The id of who is offered it. */
  agent: string | null;
  callback_at: number | null;
  due_at: number | null;
}

export interface Serving {
  conv: string;
  visitor: Visitor;
  mode: Mode;
  state: string;
  since: number;
  clock: ServiceClock | null;
}

export interface FloorAgent {
  id: string;
  name: string;
  state: AgentState;
  reason: string;
  since: number;
  online: boolean;
  capacity: number;
  used: number;
  departments: string[];
  skills: Record<string, number>;
  langs: string[];
  serving: Serving[];
  missed_today: number;
  served_today: number;
}

export interface Floor {
  now: number;
  departments: FloorDepartment[];
  waiting: Waiting[];
  agents: FloorAgent[];
}
