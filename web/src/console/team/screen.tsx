/** The organisation's team: who is in it, as what, and who is invited. */

import { useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import {
  type Invitation,
  type ListMembersResponse,
  type Member,
  TeamService,
} from "../../gen/lanyard/account/v1/account_pb";
import { RoleSchema } from "../../gen/lanyard/policy/v1/policy_pb";
import { count } from "../../lib/words";
import { Head, Icon, Ready, Unseen } from "../kit/bits";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { useLoad } from "../load";
import { useHere, useSession } from "../session";
import { InviteDialog, MemberDialog, RemoveDialog, WithdrawDialog } from "./dialogs";

/** Which dialogue is open, and about whom. */
type Open =
  | { what: "invite" }
  | { what: "change"; member: Member }
  | { what: "remove"; member: Member }
  | { what: "withdraw"; invitation: Invitation };

/** The screen. */
export function Team() {
  const { org, clients, may } = useHere();
  const [open, setOpen] = useState<Open | null>(null);
  const team = useLoad(
    (signal) => clients.team.listMembers({ orgId: org.id }, { signal }),
    [org.id],
  );
  const close = () => setOpen(null);
  const done = () => {
    close();
    team.reload();
  };
  return (
    <>
      <Head title="Team" sub={org.name}>
        {may(TeamService.method.inviteMember) && (
          <button
            type="button"
            class="button button--primary"
            onClick={() => setOpen({ what: "invite" })}
          >
            <Icon name="plus" />
            Invite somebody
          </button>
        )}
      </Head>
      <Ready of={team}>{(found) => <Lists found={found} onOpen={setOpen} />}</Ready>
      {open?.what === "invite" && <InviteDialog onClose={close} onDone={done} />}
      {open?.what === "change" && (
        <MemberDialog member={open.member} onClose={close} onDone={done} />
      )}
      {open?.what === "remove" && (
        <RemoveDialog member={open.member} onClose={close} onDone={done} />
      )}
      {open?.what === "withdraw" && (
        <WithdrawDialog invitation={open.invitation} onClose={close} onDone={done} />
      )}
    </>
  );
}

interface ListsProps {
  found: ListMembersResponse;
  onOpen: (open: Open) => void;
}

function Lists({ found, onOpen }: ListsProps) {
  const { may } = useHere();
  const { me } = useSession();
  const { method } = TeamService;
  const columns: Column<Member>[] = [
    {
      key: "Name",
      name: "Name",
      kind: "head",
      cell: ({ name, email, personId }) => (
        <>
          {name || email}
          {personId === me.personId && <span class="badge badge--accent">You</span>}
          {name !== "" && <span class="table__sub">{email}</span>}
        </>
      ),
    },
    { key: "Role", name: "Role", cell: roleOf },
    { key: "Joined", name: "Joined", cell: ({ joinedAt }) => momentOf(joinedAt) },
    {
      key: "Last seen",
      name: "Last seen",
      cell: ({ lastSeenAt }) => momentOf(lastSeenAt) || "Never",
    },
  ];
  if (may(method.updateMember)) {
    columns.push({
      key: "Actions",
      name: <Unseen>Actions</Unseen>,
      kind: "actions",
      cell: (member) => <Buttons member={member} onOpen={onOpen} />,
    });
  }
  return (
    <>
      <Table caption="Members" columns={columns} rows={found.members} keyOf={(m) => m.personId} />
      {found.invitations.length > 0 && <Invitations found={found} onOpen={onOpen} />}
    </>
  );
}

function Buttons({ member, onOpen }: { member: Member; onOpen: (open: Open) => void }) {
  const name = member.name || member.email;
  return (
    <>
      <button type="button" class="button" onClick={() => onOpen({ what: "change", member })}>
        Change<Unseen> {name}</Unseen>
      </button>
      <button
        type="button"
        class="button button--danger-quiet"
        onClick={() => onOpen({ what: "remove", member })}
      >
        Remove<Unseen> {name}</Unseen>
      </button>
    </>
  );
}

function roleOf({ role, eventIds }: Member) {
  return (
    <>
      {labelOf(RoleSchema, role)}
      {eventIds.length > 0 && (
        <span class="table__sub">Only for {count(eventIds.length, "event")}</span>
      )}
    </>
  );
}

function Invitations({ found, onOpen }: ListsProps) {
  const { may } = useHere();
  return (
    <section class="stack" aria-labelledby="invitations">
      <h2 id="invitations">Invited, not here yet</h2>
      <ul class="cards">
        {found.invitations.map((invitation) => (
          <li class="panel card" key={invitation.id}>
            <div class="card__text">
              <h3>{invitation.email}</h3>
              <p class="muted small">
                As {labelOf(RoleSchema, invitation.role)} · Lapses {momentOf(invitation.expiresAt)}
              </p>
            </div>
            {may(TeamService.method.revokeInvitation) && (
              <div class="button-row">
                <button
                  type="button"
                  class="button button--danger-quiet"
                  onClick={() => onOpen({ what: "withdraw", invitation })}
                >
                  Withdraw<Unseen> the invitation of {invitation.email}</Unseen>
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
