package rpc

import (
	financev1 "lanyard/gen/lanyard/finance/v1"
	"lanyard/internal/bank"
	"lanyard/internal/statement"
)

var lineStates = words[bank.LineState, financev1.LineState]{
	bank.LineOpen:      financev1.LineState_LINE_STATE_OPEN,
	bank.LinePartly:    financev1.LineState_LINE_STATE_PARTLY,
	bank.LineExplained: financev1.LineState_LINE_STATE_EXPLAINED,
}

var targetKinds = words[bank.TargetKind, financev1.TargetKind]{
	bank.ToPayout: financev1.TargetKind_TARGET_KIND_PAYOUT,
	bank.ToOrder:  financev1.TargetKind_TARGET_KIND_ORDER,
	bank.ToOther:  financev1.TargetKind_TARGET_KIND_OTHER,
}

var statementFormats = words[statement.Format, financev1.StatementFormat]{
	statement.CAMT053: financev1.StatementFormat_STATEMENT_FORMAT_CAMT053,
	statement.OFX:     financev1.StatementFormat_STATEMENT_FORMAT_OFX,
	statement.MT940:   financev1.StatementFormat_STATEMENT_FORMAT_MT940,
	statement.BAI2:    financev1.StatementFormat_STATEMENT_FORMAT_BAI2,
	statement.CSV:     financev1.StatementFormat_STATEMENT_FORMAT_CSV,
}

func bankAccountMessage(a bank.Account) *financev1.BankAccount {
	return &financev1.BankAccount{
		Id: a.ID.String(), Name: a.Name, Number: a.Number, Currency: string(a.Currency), BalanceMinor: a.Balance.Minor, Known: a.Known,
		CoveredUntil: dayText(a.CoveredUntil), Open: int32(a.Open), OpenMinor: a.OpenAmount.Minor, Archived: a.Archived, Version: a.Version,
		CsvColumns: a.CSVColumns,
	}
}

func statementMessage(s bank.Statement, n names) *financev1.Statement {
	return &financev1.Statement{
		Id: s.ID.String(), AccountId: s.Account.String(), Format: s.Format, FileName: s.FileName, Number: s.Number, FirstDay: dayText(s.From),
		LastDay: dayText(s.To), Opening: sumMessage(s.Opening), Closing: sumMessage(s.Closing), Checked: s.Checked, Lines: int32(s.Lines),
		Fresh: int32(s.New), ImportedAt: timestamp(s.ImportedAt), ImportedBy: n.name(s.ImportedBy),
	}
}

func fileReportMessage(r bank.Imported) *financev1.FileReport {
	m := &financev1.FileReport{
		Format: statementFormats.message(r.Format), Encoding: string(r.Encoding), Fresh: int32(r.New), Known: int32(r.Known), Matched: int32(r.Matched),
		Before: timestamp(r.Before),
	}
	for _, s := range r.Statements {
		m.Statements = append(m.Statements, &financev1.FoundStatement{
			AccountId: s.Account.String(), AccountName: s.AccountName, Number: s.Number, FirstDay: dayText(s.From), LastDay: dayText(s.To),
			Opening: sumMessage(s.Opening), Closing: sumMessage(s.Closing), Checked: s.Checked, Lines: int32(s.Lines), Fresh: int32(s.New),
			Pending: int32(s.Pending), Notes: s.Notes,
		})
	}
	for _, l := range r.Sample {
		m.Sample = append(m.Sample, &financev1.SampleLine{Day: dayText(l.On), Amount: sumMessage(l.Amount), Text: l.Text, Known: l.Known})
	}
	return m
}

func bankLineMessage(l bank.Line, n names) *financev1.BankLine {
	m := &financev1.BankLine{
		Id: l.ID.String(), AccountId: l.Account.String(), StatementId: optionalText(l.Statement), Day: dayText(l.On), AmountMinor: l.Amount.Minor,
		OpenMinor: l.Open.Minor, Currency: string(l.Amount.Currency), State: lineStates.message(l.State), Text: l.Text, Reference: l.Reference, Party: l.Party,
	}
	for _, x := range l.Matches {
		match := &financev1.Match{
			Id: x.ID.String(), Kind: targetKinds.message(x.Kind), Ref: x.Ref, AmountMinor: x.Amount.Minor, Reason: x.Reason, Automatic: x.Automatic,
			By: n.name(x.By), At: timestamp(x.At), Live: x.Live(), UnmatchedAt: timestamp(x.UnmatchedAt), UnmatchReason: x.UnmatchReason,
		}
		if x.UnmatchedBy != "" {
			match.UnmatchedBy = n.name(x.UnmatchedBy)
		}
		m.Matches = append(m.Matches, match)
	}
	return m
}
