//! The HTML part of a mail.

use super::{line::one_line, site::Site};

/// The button is a link with a background, which every mail program shows.
pub(super) fn html(
    before: &[String],
    link: &str,
    action: &str,
    after: &[String],
    site: &Site,
) -> String {
    let paragraph = |text: &String| match text.as_str() {
        "" => String::new(),
        text => format!("<p>{}</p>\n", escape(text).replace('\n', "<br>")),
    };
    let before: String = before.iter().map(paragraph).collect();
    let after: String = after.iter().map(paragraph).collect();
    let (link, action, name) = (escape(link), escape(action), escape(&one_line(&site.name)));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><body style=\"font:16px/1.5 system-ui,sans-serif\">\n{before}\
         <p><a href=\"{link}\" style=\"display:inline-block;padding:10px 16px;border-radius:6px;background:#1f4fa3;\
         color:#ffffff;text-decoration:none\">{action}</a></p>\n{after}<p>{name}</p>\n\
         </body></html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
