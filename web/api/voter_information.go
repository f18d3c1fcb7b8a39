package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
)

type voterInformationView struct {
	Contact         string                    `json:"contact"`
	Sender          string                    `json:"sender"`
	Languages       []string                  `json:"languages"`
	HidesPersonalID bool                      `json:"hides_personal_id"`
	Texts           map[string]letterTextView `json:"texts"`
	Logo            string                    `json:"logo"`
}

type letterTextView struct {
	Greeting     string `json:"greeting"`
	Instructions string `json:"instructions"`
	Closing      string `json:"closing"`
}

// VoterInformation answers GET /elections/{id}/voter-information.
func (a *API) VoterInformation(c *gin.Context) {
	if e, ok := a.electionOrDraft(c); ok {
		a.respondVoterInformation(c, e.ID)
	}
}

func (a *API) respondVoterInformation(c *gin.Context, id int64) {
	told, err := a.services.Elections.VoterInformation(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	v := voterInformationView{
		Contact: told.Contact, Sender: told.Sender, Languages: append([]string{}, told.Languages...), HidesPersonalID: told.HidesPersonalID,
		Texts: map[string]letterTextView{}, Logo: base64.StdEncoding.EncodeToString(told.Logo),
	}
	for tag, t := range told.Texts {
		v.Texts[tag] = letterTextView(t)
	}
	respond.JSON(c, http.StatusOK, v)
}

// VoterInformationChange answers PUT /elections/{id}/voter-information. It replaces all of it.
func (a *API) VoterInformationChange(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	told := elections.VoterInformation{Texts: map[string]elections.LetterText{}}
	err := readBody(c, object{
		"contact": text(&told.Contact), "sender": text(&told.Sender), "languages": each(&told.Languages, text),
		"hides_personal_id": truth(&told.HidesPersonalID), "logo": logo(&told.Logo),
		"texts": byName(func(tag string, raw json.RawMessage) []problem.Field {
			t := told.Texts[tag]
			problems := object{"greeting": text(&t.Greeting), "instructions": text(&t.Instructions), "closing": text(&t.Closing)}.read(raw)
			told.Texts[tag] = t
			return problems
		}),
	})
	if err == nil {
		err = informationFields(a.services.Elections.ChangeVoterInformation(c.Request.Context(), principal.Actor(c), id, told), told)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	a.respondVoterInformation(c, id)
}

// logo reads a picture in Base64, and draws it again.
func logo(into *[]byte) target {
	return func(raw json.RawMessage) []problem.Field {
		var encoded string
		if problems := text(&encoded)(raw); problems != nil {
			return problems
		}
		file, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return wrong(messages.FieldLogoUnreadable())
		}
		if len(file) == 0 {
			return nil
		}
		drawn, mistake := elections.ReadLogo(file)
		if !mistake.IsZero() {
			return wrong(mistake)
		}
		*into = drawn
		return nil
	}
}

// informationFields names the problems as the body does: the service names the fields of a form.
func informationFields(err error, told elections.VoterInformation) error {
	var refused *problem.Error
	if !errors.As(err, &refused) {
		return err
	}
	named := *refused
	named.Fields = append([]problem.Field{}, refused.Fields...)
	for i := range named.Fields {
		name, tag, ok := strings.Cut(named.Fields[i].Name, "-")
		if !ok {
			continue
		}
		for given := range told.Texts {
			if strings.EqualFold(given, tag) { // fields of forms have no capitals
				named.Fields[i].Name = "texts." + given + "." + name
			}
		}
	}
	return &named
}
