//! The steps of a [`Store`](crate::Store), listed once, for what stands around every one of them.

/// Hands the list to that macro, after what it is told first.
macro_rules! with_steps {
    ($around:ident, $($told:tt)*) => {
        $crate::$around! {
            $($told)*
            InsertUser insert_user(user: &User) -> UserInsertion;
            FindUser find_user(id: UserId) -> Option<User>;
            FindUserByEmail find_user_by_email(email: &Email) -> Option<User>;
            UpgradePasswordHash upgrade_password_hash(user: UserId, expected: &PasswordHash, new: &PasswordHash)
                -> HashExchange;
            SetPassword set_password(user: UserId, expected: Epoch, new: &PasswordHash) -> EpochRaise;
            SetEmail set_email(user: UserId, expected: Epoch, new: &Email) -> EmailChange;
            SetName set_name(user: UserId, expected: Epoch, new: Option<&UserName>) -> NameChange;
            DisableUser disable_user(user: UserId, now: Timestamp) -> Option<Epoch>;
            EnableUser enable_user(user: UserId) -> Option<Epoch>;
            ListUsers list_users(after: Option<UserId>, limit: u32) -> Vec<User>;
            ImportUsers import_users(users: &[ImportedUser], on_conflict: OnConflict) -> Vec<UserImport>;
            EndSessionsOf end_sessions_of(user: UserId, expected: Epoch, extent: Extent) -> EpochRaise;
            EndEverything end_everything(after: Option<UserId>, limit: u32) -> Vec<UserId>;
            DeleteUser delete_user(user: UserId) -> Ended;
            InsertSession insert_session(session: &Session, quota: u32) -> SessionInsertion;
            FindSession find_session(id: SessionId) -> Option<(Session, User)>;
            ListSessions list_sessions(user: UserId, after: Option<SessionId>, limit: u32) -> Vec<Session>;
            RotateSession rotate_session(
                id: SessionId, expected_generation: u32, successor: &Rotation, now: Timestamp
            ) -> SessionRotation;
            CountRetry count_retry(id: SessionId, generation: u32) -> Option<u32>;
            ProveSession prove_session(
                id: SessionId, expected: Epoch, now: Timestamp, exchange: Option<&SecretExchange>
            ) -> SessionProof;
            TouchSessions touch_sessions(seen: &[(SessionId, Timestamp)]) -> ();
            EndSession end_session(id: SessionId) -> Ended;
            InsertToken insert_token(token: &Token, quota: u32) -> TokenInsertion;
            FindToken find_token(id: TokenId) -> Option<(Token, Option<User>)>;
            ListTokens list_tokens(user: Option<UserId>, after: Option<TokenId>, limit: u32) -> Vec<Token>;
            TouchTokens touch_tokens(used: &[(TokenId, Timestamp)]) -> ();
            RehashToken rehash_token(id: TokenId, expected: &TokenHash, new: &TokenHash) -> HashExchange;
            RetireToken retire_token(user: Option<UserId>, id: TokenId) -> Ended;
            InsertKey insert_key(key: &Key) -> KeyInsertion;
            ListKeys list_keys() -> Vec<Key>;
            RetireKey retire_key(kid: &str, signs_until: Timestamp, verifies_until: Timestamp) -> Option<Key>;
            Sweep sweep(before: Timestamp, limit: u32) -> u64;
            Census census(before: Timestamp) -> Census;
            CensusOfKey census_of_key(key: TokenKeyId) -> KeyCensus;
            Ready ready() -> ();
        }
    };
}

pub(crate) use with_steps;
