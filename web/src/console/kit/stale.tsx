/**
 * Two people have the same thing open, and the other one saved first. Nothing is lost: the person
 * sees what changed and decides what becomes of their own work.
 */

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Difference, differences, merge } from "../../form/compare";
import type { Draft } from "../../form/draft";
import type { Problem } from "../../lib/errors";
import { problemOf } from "../../rpc";
import { Notice } from "./bits";

/** What the server has now. */
export interface Present<Desc extends DescMessage> {
  message: MessageShape<Desc>;
  version: bigint;
}

/** The version of what is edited, and what to do when it is not the present one. */
export interface Versioned {
  /** The version to send with the next attempt. */
  version: () => bigint;
  /** Takes the version that came of a change. */
  saved: (version: bigint) => void;
  /** Looks at what came of an attempt; a stale version is dealt with here, the rest passed on. */
  settle: (problem: Problem | null) => Promise<Problem | null>;
  /** What to show above the form; null when there is nothing to decide. */
  notice: VNode | null;
}

/** Follows the version of what a draft edits. latest asks the server for what it has now. */
export function useVersion<Desc extends DescMessage>(
  draft: Draft<Desc>,
  initial: bigint,
  latest: () => Promise<Present<Desc>>,
): Versioned {
  const version = useRef(initial);
  const [theirs, setTheirs] = useState<Present<Desc> | null>(null);
  const settle = async (problem: Problem | null) => {
    if (problem?.reason !== "STALE_VERSION") {
      return problem;
    }
    try {
      setTheirs(await latest());
      return null;
    } catch (e) {
      return problemOf(e);
    }
  };
  const decide = (keepMine: boolean) => {
    if (theirs === null) {
      return;
    }
    const { message } = theirs;
    const mine = merge(draft.desc, draft.original, message, draft.message);
    draft.replace(keepMine ? mine : message);
    draft.rebase(message);
    version.current = theirs.version;
    setTheirs(null);
  };
  const notice =
    theirs === null ? null : (
      <StaleNotice
        found={differences(draft.desc, draft.original, theirs.message, draft.message)}
        onKeep={() => decide(true)}
        onTake={() => decide(false)}
      />
    );
  return {
    version: () => version.current,
    saved: (v) => {
      version.current = v;
    },
    settle,
    notice,
  };
}

interface StaleNoticeProps {
  found: readonly Difference[];
  onKeep: () => void;
  onTake: () => void;
}

function StaleNotice({ found, onKeep, onTake }: StaleNoticeProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  return (
    <div role="alert" tabIndex={-1} ref={box}>
      <Notice tone="warning" title="Someone else changed this while you had it open">
        <p>Nothing was saved yet, and what you entered is still here.</p>
        {found.length > 0 && (
          <ul class="changes">
            {found.map(({ path, label, theirs, mine }) => (
              <li key={path}>
                <strong>{label}</strong> is now “{theirs}”
                {mine !== null && <>, where you have “{mine}”</>}
              </li>
            ))}
          </ul>
        )}
        <div class="button-row">
          <button type="button" class="button" onClick={onKeep}>
            Put my changes on top of theirs
          </button>
          <button type="button" class="button button--quiet" onClick={onTake}>
            Drop mine and see theirs
          </button>
        </div>
      </Notice>
    </div>
  );
}
