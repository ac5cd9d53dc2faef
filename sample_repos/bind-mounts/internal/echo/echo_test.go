package echo

import (
	"net/http/httptest"
	"testing"
)

func TestAnswerHasMethodAndPath(t *testing.T) {
	recorder := httptest.NewRecorder()
	Answer(recorder, httptest.NewRequest("GET", "/tea", nil))
	if got := recorder.Body.String(); got != "GET /tea\n" {
		t.Fatalf("got %q", got)
	}
}
