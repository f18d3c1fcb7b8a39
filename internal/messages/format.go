package messages

import (
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// A localized value is a number or a time in a Message: it has no sentence and is written as the reader's language does.
type localized interface{ in(l *Localizer) string }

// Unknown returns a dash in place of a number that is not known.
func Unknown() Message { return Verbatim("–") }

// Integer returns a count, with its digits in groups.
func Integer(n int64) Message { return Message{value: Number(n)} }

// Decimal returns a decimal number given with a point, such as 12345.50, or a text that begins with one.
func Decimal(number string) Message { return Message{value: decimal(number)} }

// Percentage returns a percentage given as a decimal number with a point, such as 60.65.
func Percentage(number string) Message { return Message{value: percentage(number)} }

// Change returns a difference with its sign.
func Change(n int64) Message { return Message{value: change(n)} }

// Size returns a number of bytes in the unit in which people read it, such as 41.2 MB.
func Size(bytes int64) Message { return Message{value: size(bytes)} }

// Date returns the day of a time, such as 21 June 2020. This and the others say the time in its own location.
func Date(t time.Time) Message { return Message{value: date(t)} }

// DateTime returns a time to the minute, such as 21 June 2020, 20:00.
func DateTime(t time.Time) Message { return Message{value: dateTime{t, "15:04"}} }

// ExactDateTime returns a time to the second.
func ExactDateTime(t time.Time) Message { return Message{value: dateTime{t, "15:04:05"}} }

// TimeOnDay returns a time of a day of the present year, such as 20:00, 21 June.
func TimeOnDay(t time.Time) Message { return Message{value: timeOnDay(t)} }

// ShortDayTime returns the same as short as it can be, such as 21 Jun 20:00.
func ShortDayTime(t time.Time) Message { return Message{value: shortDayTime(t)} }

func (n Number) in(l *Localizer) string { return l.format.group(strconv.FormatInt(int64(n), 10)) }

type decimal string

func (d decimal) in(l *Localizer) string { return l.format.group(string(d)) }

type percentage string

func (p percentage) in(l *Localizer) string {
	return strings.ReplaceAll(l.format.percent, "{{.Value}}", l.format.group(string(p)))
}

type change int64

func (c change) in(l *Localizer) string {
	if c > 0 {
		return "+" + Number(c).in(l)
	}
	return Number(c).in(l)
}

type size int64

func (s size) in(l *Localizer) string {
	const kilo, mega, giga = 1_000, 1_000_000, 1_000_000_000
	tenths := func(unit int64) string {
		return l.format.group(strconv.FormatFloat(float64(s)/float64(unit), 'f', 1, 64))
	}
	switch {
	case s < kilo:
		return strconv.FormatInt(int64(s), 10) + " B"
	case s < mega:
		return tenths(kilo) + " kB"
	case s < giga:
		return tenths(mega) + " MB"
	default:
		return tenths(giga) + " GB"
	}
}

type date time.Time

func (d date) in(l *Localizer) string {
	t := time.Time(d)
	return strings.NewReplacer("{{.Day}}", strconv.Itoa(t.Day()), "{{.Month}}", l.format.months[t.Month()-1], "{{.Year}}", strconv.Itoa(t.Year())).
		Replace(l.format.date)
}

type dateTime struct {
	at     time.Time
	layout string // of the clock
}

func (d dateTime) in(l *Localizer) string {
	return strings.NewReplacer("{{.Date}}", date(d.at).in(l), "{{.Time}}", d.at.Format(d.layout)).Replace(l.format.dateTime)
}

type timeOnDay time.Time

func (d timeOnDay) in(l *Localizer) string {
	t := time.Time(d)
	day := strings.NewReplacer("{{.Day}}", strconv.Itoa(t.Day()), "{{.Month}}", l.format.months[t.Month()-1]).Replace(l.format.dayOfMonth)
	return strings.NewReplacer("{{.Time}}", t.Format("15:04"), "{{.Day}}", day).Replace(l.format.timeOnDay)
}

type shortDayTime time.Time

func (d shortDayTime) in(l *Localizer) string {
	t := time.Time(d)
	return strings.NewReplacer("{{.Day}}", strconv.Itoa(t.Day()), "{{.Month}}", l.format.shortMonths[t.Month()-1], "{{.Time}}", t.Format("15:04")).
		Replace(l.format.shortDayTime)
}

// A format is how a language writes numbers and dates. It is read from the catalogue and nothing of it is ever
// stretched.
type format struct {
	groups, decimal, percent                            string
	months, shortMonths                                 [12]string
	date, dateTime, dayOfMonth, timeOnDay, shortDayTime string
}

func newFormat(all []*i18n.Message, cyrillic bool) format {
	patterns := map[string]string{}
	for _, m := range all {
		if cyrillic {
			patterns[m.ID] = inCyrillic(m.Other)
		} else {
			patterns[m.ID] = m.Other
		}
	}
	of := func(m Message) string { return patterns[m.id] }
	f := format{
		groups: of(LanguageGroupSeparator()), decimal: of(LanguageDecimalSeparator()), percent: of(LanguagePercent("")),
		date: of(LanguageDate("", "", "")), dateTime: of(LanguageDateTime("", "")), dayOfMonth: of(LanguageDayOfMonth("", "")),
		timeOnDay: of(LanguageTimeOnDay("", "")), shortDayTime: of(LanguageShortDayTime("", "", "")),
	}
	for i, m := range []func() Message{
		LanguageMonth1, LanguageMonth2, LanguageMonth3, LanguageMonth4, LanguageMonth5, LanguageMonth6,
		LanguageMonth7, LanguageMonth8, LanguageMonth9, LanguageMonth10, LanguageMonth11, LanguageMonth12,
	} {
		f.months[i] = of(m())
	}
	for i, m := range []func() Message{
		LanguageMonthShort1, LanguageMonthShort2, LanguageMonthShort3, LanguageMonthShort4, LanguageMonthShort5, LanguageMonthShort6,
		LanguageMonthShort7, LanguageMonthShort8, LanguageMonthShort9, LanguageMonthShort10, LanguageMonthShort11, LanguageMonthShort12,
	} {
		f.shortMonths[i] = of(m())
	}
	return f
}

// group writes the digits that a decimal number begins with in groups of three, and its point as the language has it.
func (f *format) group(number string) string {
	sign, digits := "", number
	if strings.HasPrefix(number, "-") {
		sign, digits = "−", number[1:]
	}
	end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(digits)
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range digits[:end] {
		if i > 0 && (end-i)%3 == 0 {
			b.WriteString(f.groups)
		}
		b.WriteRune(digit)
	}
	rest := digits[end:]
	if point, ok := strings.CutPrefix(rest, "."); ok && end > 0 {
		rest = f.decimal + point
	}
	b.WriteString(rest)
	return b.String()
}
