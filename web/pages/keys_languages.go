package pages

import (
	"cmp"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/view/kit"
)

// letterFields are the inputs for the languages of letters: the first, and a second one that may be left out.
func letterFields() []string { return []string{"first_language", "second_language"} }

// letterLanguages asks for the languages of letters, if readers can choose among several. Those that the election wants are chosen.
func (p *Pages) letterLanguages(c *gin.Context, problems kit.Problems, wanted []string) (fields []kit.Field, options [][]kit.Option) {
	if len(p.Languages) < 2 {
		return nil, nil
	}
	var all []kit.Option
	for _, l := range p.Languages {
		all = append(all, kit.Option{Value: l.Tag, Text: messages.Verbatim(l.Name)})
	}
	names := letterFields()
	wanted = append(slices.DeleteFunc(slices.Clone(wanted), func(tag string) bool {
		return !slices.ContainsFunc(p.Languages, func(l messages.Language) bool { return l.Tag == tag })
	}), "", "")
	first := kit.Field{
		Name: names[0], Label: messages.KeysFirstLanguage(), Value: c.DefaultQuery(names[0], cmp.Or(wanted[0], tagOf(c.Request.Context()))), Problem: problems.Of(names[0]),
	}
	second := kit.Field{Name: names[1], Label: messages.KeysSecondLanguage(), Value: c.DefaultQuery(names[1], wanted[1]), Problem: problems.Of(names[1]), Optional: true}
	return []kit.Field{first, second}, [][]kit.Option{all, append([]kit.Option{{Text: messages.KeysNoSecondLanguage()}}, all...)}
}

// readLetterLanguages reads them; none is the language of the page.
func (p *Pages) readLetterLanguages(c *gin.Context, checks *problem.Checks) (languages []*messages.Localizer) {
	for _, name := range letterFields() {
		tag := c.Query(name)
		if tag == "" {
			continue
		}
		offered := slices.ContainsFunc(p.Languages, func(l messages.Language) bool { return l.Tag == tag })
		language, known := messages.In(tag)
		switch {
		case !offered || !known:
			checks.Add(name, messages.FieldChooseLanguage())
		case len(languages) == 1 && languages[0] == language: // the same twice is one
		default:
			languages = append(languages, language)
		}
	}
	return languages
}
