/** The dialogues about the team. */

import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { Draft } from "../../form/draft";
import { type FormHandle, type Kit, useForm } from "../../form/handle";
import {
  type Invitation,
  InviteMemberRequestSchema,
  type Member,
  RemoveMemberRequestSchema,
  RevokeInvitationRequestSchema,
  UpdateMemberRequestSchema,
} from "../../gen/lanyard/account/v1/account_pb";
import { FormDialog } from "../kit/dialog";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { useAction } from "../load";
import { useHere } from "../session";
import { EventsField } from "./events-field";

interface DialogProps {
  onClose: () => void;
  /** Comes after a change: the team is to be read again. */
  onDone: () => void;
}

const kit: Kit = { fields: { event_ids: EventsField } };

interface TeamFormProps<Desc extends DescMessage> {
  desc: Desc;
  initial: Readonly<Record<string, unknown>>;
  kit: Kit;
  send: (request: MessageShape<Desc> & { requestId: string }) => Promise<unknown>;
  done: string;
  onDone: () => void;
}

/** The form of a change to the team. */
function useTeamForm<Desc extends DescMessage>(props: TeamFormProps<Desc>): FormHandle<Desc> {
  const { org } = useHere();
  const action = useAction(
    (requestId, message: MessageShape<Desc>) => props.send({ ...message, requestId }),
    () => {
      say(props.done);
      props.onDone();
    },
  );
  const initial = { ...props.initial, orgId: org.id } as unknown as MessageInitShape<Desc>;
  return useForm(() => new Draft(props.desc, initial), action.run, props.kit);
}

/** Invites somebody. */
export function InviteDialog({ onClose, onDone }: DialogProps) {
  const { clients, org } = useHere();
  const form = useTeamForm({
    desc: InviteMemberRequestSchema,
    initial: {},
    kit,
    send: (request) => clients.team.inviteMember(request),
    done: "The invitation is on its way.",
    onDone,
  });
  return (
    <FormDialog
      title="Invite somebody"
      form={form}
      consequences={[
        {
          icon: "mail",
          text: `One person gets a mail with a link into the team of ${org.name}. It works for that address and role only.`,
        },
      ]}
      confirm="Send the invitation"
      onClose={onClose}
    />
  );
}

/** Changes what a member may do. */
export function MemberDialog({ member, onClose, onDone }: DialogProps & { member: Member }) {
  const { clients, org } = useHere();
  const present = ({ personId, role, eventIds, version }: Member) => ({
    message: create(UpdateMemberRequestSchema, { orgId: org.id, personId, role, eventIds }),
    version,
  });
  const { form, notice } = useEdit({
    desc: UpdateMemberRequestSchema,
    from: present(member),
    kit,
    send: (request) => clients.team.updateMember(request),
    latest: async () => {
      const { members } = await clients.team.listMembers({ orgId: org.id });
      return present(members.find((m) => m.personId === member.personId) ?? member);
    },
    done: () => {
      say("Saved. It holds from their next click on.");
      onDone();
    },
  });
  return (
    <FormDialog
      title={`What ${member.name || member.email} may do`}
      form={form}
      consequences={[{ icon: "mail", text: "Nobody gets a mail." }]}
      confirm="Save"
      onClose={onClose}
    >
      {notice}
    </FormDialog>
  );
}

/** Takes a person off the team. */
export function RemoveDialog({ member, onClose, onDone }: DialogProps & { member: Member }) {
  const { clients, org } = useHere();
  const form = useTeamForm({
    desc: RemoveMemberRequestSchema,
    initial: { personId: member.personId },
    kit,
    send: (request) => clients.team.removeMember(request),
    done: "They are off the team.",
    onDone,
  });
  return (
    <FormDialog
      title={`Remove ${member.name || member.email}?`}
      form={form}
      consequences={[
        {
          icon: "lock",
          text: `They are signed out at once and see nothing of ${org.name} any more.`,
        },
        { icon: "log", text: "What they did stays in the audit log under their name." },
        { icon: "mail", text: "Nobody gets a mail." },
      ]}
      confirm="Remove from the team"
      danger
      keep="Keep them"
      onClose={onClose}
    />
  );
}

/** Takes an invitation back. */
export function WithdrawDialog(props: DialogProps & { invitation: Invitation }) {
  const { invitation, onClose, onDone } = props;
  const { clients } = useHere();
  const form = useTeamForm({
    desc: RevokeInvitationRequestSchema,
    initial: { invitationId: invitation.id },
    kit,
    send: (request) => clients.team.revokeInvitation(request),
    done: "The invitation is withdrawn.",
    onDone,
  });
  return (
    <FormDialog
      title={`Withdraw the invitation of ${invitation.email}?`}
      form={form}
      consequences={[
        { icon: "lock", text: "The link in their mail stops working." },
        { icon: "mail", text: "Nobody gets a mail." },
      ]}
      confirm="Withdraw"
      danger
      keep="Leave it"
      onClose={onClose}
    />
  );
}
