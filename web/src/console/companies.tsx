/** The member companies, whose people pay member prices. */

import { create, type MessageShape } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import { Draft } from "../form/draft";
import { type FieldProps, useForm } from "../form/handle";
import { ListField } from "../form/list";
import {
  type Company,
  CompanyDetailsSchema,
  CompanyService,
  ImportCompaniesRequestSchema,
  SaveCompanyRequestSchema,
} from "../gen/lanyard/inventory/v1/company_pb";
import { count, list } from "../lib/words";
import { Empty, Head, Icon, Ready, Unseen } from "./kit/bits";
import { FormDialog } from "./kit/dialog";
import { useEdit } from "./kit/edit";
import { type Column, Table } from "./kit/table";
import { say } from "./kit/toast";
import { useAction, useLoad } from "./load";
import { useHere } from "./session";

/** Which dialogue is open, and about which company. */
type Open = { what: "import" } | { what: "edit"; company: Company | null };

/** The screen. */
export function Companies() {
  const { org, clients, may } = useHere();
  const [open, setOpen] = useState<Open | null>(null);
  const found = useLoad(
    async (signal) =>
      (await clients.companies.listCompanies({ orgId: org.id }, { signal })).companies,
    [org.id],
  );
  const close = () => setOpen(null);
  const done = () => {
    close();
    found.reload();
  };
  const mayChange = may(CompanyService.method.saveCompany);
  return (
    <>
      <Head title="Member companies" sub={org.name}>
        {mayChange && (
          <>
            <button type="button" class="button" onClick={() => setOpen({ what: "import" })}>
              <Icon name="upload" />
              Paste a list
            </button>
            <button
              type="button"
              class="button button--primary"
              onClick={() => setOpen({ what: "edit", company: null })}
            >
              <Icon name="plus" />
              Add a company
            </button>
          </>
        )}
      </Head>
      <p class="muted">
        Whoever proves a mail address of one of these pays the member price of what has one.
      </p>
      <Ready of={found}>
        {(companies) =>
          companies.length === 0 ? (
            <Empty
              icon="building"
              title="No company yet"
              text="Add your members with the domains of their mail addresses."
            />
          ) : (
            <CompanyTable
              companies={companies}
              onEdit={mayChange ? (company) => setOpen({ what: "edit", company }) : undefined}
            />
          )
        }
      </Ready>
      {open?.what === "edit" && (
        <CompanyDialog company={open.company} onClose={close} onDone={done} />
      )}
      {open?.what === "import" && <ImportDialog onClose={close} onDone={done} />}
    </>
  );
}

interface TableProps {
  companies: readonly Company[];
  onEdit: ((company: Company) => void) | undefined;
}

function CompanyTable({ companies, onEdit }: TableProps) {
  const columns: Column<Company>[] = [
    {
      key: "Name",
      name: "Name",
      kind: "head",
      cell: ({ details, archived }) => (
        <>
          {details?.name}
          {archived && <span class="badge">No member any more</span>}
        </>
      ),
    },
    { key: "Membership", name: "Membership", cell: ({ details }) => details?.tier },
    {
      key: "Mail domains",
      name: "Mail domains",
      cell: ({ details }) => list(details?.domains ?? []) || "None, so nobody can prove it",
    },
  ];
  if (onEdit !== undefined) {
    columns.push({
      key: "Actions",
      name: <Unseen>Actions</Unseen>,
      kind: "actions",
      cell: (company) => (
        <button type="button" class="button" onClick={() => onEdit(company)}>
          Edit<Unseen> {company.details?.name}</Unseen>
        </button>
      ),
    });
  }
  return (
    <Table caption="Member companies" columns={columns} rows={companies} keyOf={(c) => c.id} />
  );
}

interface DialogProps {
  onClose: () => void;
  /** Comes after a change: the list is to be read again. */
  onDone: () => void;
}

const kit = { fields: { domains: (props: FieldProps) => <ListField {...props} /> } };

function CompanyDialog({ company, onClose, onDone }: DialogProps & { company: Company | null }) {
  const { org, clients } = useHere();
  const present = (now: Company | null) => ({
    message: create(SaveCompanyRequestSchema, {
      orgId: org.id,
      companyId: now?.id ?? "",
      archived: now?.archived ?? false,
      details: now?.details ?? { name: "", tier: "", domains: [""] },
    }),
    version: now?.version ?? 0n,
  });
  const { form, notice } = useEdit({
    desc: SaveCompanyRequestSchema,
    from: present(company),
    kit,
    send: ({ details, ...request }) =>
      clients.companies.saveCompany({
        ...request,
        details: create(CompanyDetailsSchema, {
          name: details?.name ?? "",
          tier: details?.tier ?? "",
          domains: (details?.domains ?? []).filter((d) => d.trim() !== ""),
        }),
      }),
    latest: async () => {
      const { companies } = await clients.companies.listCompanies({ orgId: org.id });
      return present(companies.find((c) => c.id === company?.id) ?? company);
    },
    done: () => {
      say("The company is saved.");
      onDone();
    },
  });
  return (
    <FormDialog
      title={company === null ? "Add a company" : "Change the company"}
      form={form}
      confirm="Save"
      onClose={onClose}
    >
      {notice}
    </FormDialog>
  );
}

function ImportDialog({ onClose, onDone }: DialogProps) {
  const { org, clients } = useHere();
  const action = useAction(
    (requestId, message: MessageShape<typeof ImportCompaniesRequestSchema>) =>
      clients.companies.importCompanies({ ...message, requestId }),
    ({ added, changed, same }) => {
      say(`${count(added, "company", "companies")} added, ${changed} changed, ${same} as before.`);
      onDone();
    },
  );
  const form = useForm(
    () => new Draft(ImportCompaniesRequestSchema, { orgId: org.id }),
    (message) => action.run(message),
  );
  return (
    <FormDialog title="Paste a list of companies" form={form} confirm="Add them" onClose={onClose}>
      <p class="muted">
        All of them are added, or none when a line cannot be read. The order is name, mail domains
        with spaces between them, membership.
      </p>
    </FormDialog>
  );
}
