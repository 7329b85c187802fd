//! The list of users, with a search.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use guestlist::{Role, User, UserFilter, UserId, UserStanding};
use guestlist_axum::{Admin, CurrentUser, Problem, parse_query};

use crate::{
    admin::{SHOWN, read_search},
    app::App,
    pages::{
        assets,
        page::Page,
        visit::{Layout, Visit},
        when_text,
    },
    paging::{cut, to_fetch},
};

#[derive(Template)]
#[template(path = "admin/users.html")]
struct Users {
    layout: Layout,
    asked: Asked,
    /// What is wrong with the search.
    wrong: Option<String>,
    users: Vec<Row>,
    next: Option<String>,
}

/// One user in the list.
struct Row {
    id: String,
    email: String,
    name: Option<String>,
    since: String,
    since_at: String,
    badges: Vec<&'static str>,
}

impl Row {
    fn new(user: &User) -> Self {
        let badges = [
            (user.role == Role::Admin, "Administrator"),
            (user.disabled_at.is_some(), "Disabled"),
            (user.approved_at.is_none(), "Waits for approval"),
        ];
        let badges = badges.into_iter().filter(|(has, _)| *has);
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            name: user.name.as_ref().map(ToString::to_string),
            since: when_text::date(user.created_at),
            since_at: user.created_at.to_string(),
            badges: badges.map(|(_, word)| word).collect(),
        }
    }
}

/// A link to the users of one standing.
struct FilterLink {
    words: &'static str,
    address: String,
    is_on: bool,
}

/// What the administrator looks for. Unknown parameters are ignored.
#[derive(Clone, Default)]
struct Asked {
    q: String,
    standing: Option<UserStanding>,
    after: Option<UserId>,
}

impl Asked {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut asked = Self::default();
        for (name, value) in parse_query(query)? {
            match name.as_str() {
                "q" => value.trim().clone_into(&mut asked.q),
                "filter" => asked.standing = UserStanding::of_word(&value),
                "after" => asked.after = value.parse().ok(),
                _ => {}
            }
        }
        Ok(asked)
    }

    /// Returns links to all filters.
    fn filters(&self) -> Vec<FilterLink> {
        let of = |standing: Option<UserStanding>| {
            let asked = Self {
                q: self.q.clone(),
                standing,
                after: None,
            };
            FilterLink {
                words: words(standing),
                address: asked.address(),
                is_on: standing == self.standing,
            }
        };
        let each = UserStanding::ALL.map(Some);
        [None].into_iter().chain(each).map(of).collect()
    }

    fn filter_word(&self) -> Option<&'static str> {
        self.standing.map(UserStanding::as_str)
    }

    fn is_narrow(&self) -> bool {
        !self.q.is_empty() || self.standing.is_some()
    }

    fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.q.is_empty() {
            query.append_pair("q", &self.q);
        }
        if let Some(standing) = self.standing {
            query.append_pair("filter", standing.as_str());
        }
        if let Some(after) = self.after {
            query.append_pair("after", &after.to_string());
        }
        match query.finish() {
            query if query.is_empty() => "/admin/users".to_owned(),
            query => format!("/admin/users?{query}"),
        }
    }
}

fn words(standing: Option<UserStanding>) -> &'static str {
    match standing {
        None => "All",
        Some(UserStanding::Disabled) => "Disabled",
        Some(UserStanding::Admins) => "Administrators",
        Some(UserStanding::Unapproved) => "Waiting for approval",
        Some(UserStanding::Unverified) => "Address not verified",
    }
}

/// `GET /admin/users`: lists users, 50 a page.
pub(super) async fn list_users(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Asked::parse(query.as_deref().unwrap_or_default())?;
    let search = match read_search(&asked.q) {
        Ok(search) => search,
        Err(words) => {
            let page = Users {
                layout: visit.into_layout(),
                wrong: Some(format!("A search {words}.")),
                users: Vec::new(),
                next: None,
                asked,
            };
            return Ok(Page::refused(Problem::BAD_REQUEST_STATUS, page).into_response());
        }
    };
    let filter = UserFilter {
        search,
        standing: asked.standing,
    };
    let mut found = app
        .guestlist
        .find_users(&filter, asked.after, to_fetch(SHOWN))
        .await?;
    let last = cut(&mut found, SHOWN);
    let next = last.map(|last| {
        let next = Asked {
            after: Some(last.id),
            ..asked.clone()
        };
        next.address()
    });
    let page = Users {
        layout: visit.into_layout(),
        wrong: None,
        users: found.iter().map(Row::new).collect(),
        next,
        asked,
    };
    Ok(Page::private(page).into_response())
}
