// Package preferences is the settings window as data: its tabs, rows and
// controls, what each control changes, and where everything is placed.
//
// [Build] and [Layout] are pure. A control shows what the command line shows for
// the same setting. A change is either applied as a whole or refused with an
// error. The views of a layout don't overlap and don't leave the window.
//
// A screen builds a Window whenever the snapshot, the settings or its own Env
// have changed, and lays out the tab that the user chose:
//
//	w := preferences.Build(snapshot, settings, env, now)
//	page := preferences.Layout(w.Tabs[i], measure)
//
// The page is a list of views in the order of the Tab key. [View.ID] is their
// identity: a screen keeps the views whose ID and form are the same, so that
// neither the keyboard focus nor a text that is being edited is lost. The screen
// gives Layout a Measure of the fonts that it draws with.
//
// What the user does with a control becomes a change of the settings (see
// [Control.Changes] and [Apply]), or else its Action. If Confirm is set, the screen
// asks first. Afterwards it selects what Then names. The text of a refused change
// stays in its field, and the error goes into Env.Errors under the control's ID
// ([ErrorText]); it is shown in the control's row by the next Build.
//
// Selecting a row of a table sets Env.Selected[table ID] to the entry's ID; the
// rows below the table are about that entry.
package preferences
