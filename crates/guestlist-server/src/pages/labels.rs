//! The labels of the fields that people type, as the pages show them above the fields.

const LABELS: [(&str, &str); 23] = [
    ("title", "Name"),
    ("description", "Description"),
    ("tags", "Tags"),
    ("start_date", "First day"),
    ("start_time", "Begins at"),
    ("start_offset", "Which beginning?"),
    ("end_date", "Last day"),
    ("end_time", "Ends at"),
    ("end_offset", "Which end?"),
    ("time_zone", "Time zone"),
    ("location", "Place"),
    ("online_url", "Online address"),
    ("visibility", "Who may see it?"),
    ("capacity", "Room for how many?"),
    ("image", "Picture"),
    ("email", "E-mail address"),
    ("name", "Name"),
    ("scope", "What may it do?"),
    ("days", "For how long?"),
    ("uses", "How many people can use it?"),
    ("note", "Note"),
    ("reason", "Reason"),
    ("code", "Code"),
];

/// Returns the label of the field with that name.
pub(super) fn label(name: &str) -> Option<&'static str> {
    let found = LABELS.iter().find(|(other, _)| *other == name);
    found.map(|(_, label)| *label)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATES: [&str; 7] = [
        include_str!("../../templates/parts/event_form.html"),
        include_str!("../../templates/parts/form.html"),
        include_str!("../../templates/parts/sign_up_form.html"),
        include_str!("../../templates/account/tokens.html"),
        include_str!("../../templates/invitations.html"),
        include_str!("../../templates/admin/event.html"),
        include_str!("../../templates/second_step.html"),
    ];

    /// The pages name a choice between two moments by its times, so it has no label of its own.
    #[test]
    fn each_label_is_that_of_the_page() {
        for (name, label) in LABELS {
            let of_field = format!("\"{name}\", \"{label}\"");
            let of_choices = format!("<legend>{label}</legend>");
            let of_first_choice = format!("<legend class=\"label\">{label}</legend>");
            let is_shown = TEMPLATES.iter().any(|template| {
                let of_part = format!("f::{name}(form, \"{label}\"");
                let mut ways = [&of_field, &of_choices, &of_first_choice, &of_part].into_iter();
                ways.any(|way| template.contains(way))
            });
            assert!(is_shown || name.ends_with("_offset"), "{name}");
        }
    }
}
