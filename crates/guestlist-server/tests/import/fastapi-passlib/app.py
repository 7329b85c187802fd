"""A small FastAPI application as the tutorials teach it: SQLAlchemy, SQLite, passlib's bcrypt context."""
import os
from datetime import datetime, timezone
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordRequestForm
from passlib.context import CryptContext
from pydantic import BaseModel, EmailStr
from sqlalchemy import Boolean, DateTime, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///app.db"))
pwd_context = CryptContext(schemes=["bcrypt"], deprecated="auto")


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True, index=True)
    full_name: Mapped[str | None] = mapped_column(String(255))
    hashed_password: Mapped[str] = mapped_column(String(255))
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(DateTime, default=lambda: datetime.now(timezone.utc).replace(tzinfo=None))


Base.metadata.create_all(engine)
app = FastAPI()


def get_db():
    with Session(engine) as session:
        yield session


Db = Annotated[Session, Depends(get_db)]


class UserIn(BaseModel):
    email: EmailStr
    password: str
    full_name: str | None = None


class UserOut(BaseModel):
    id: int
    email: EmailStr
    full_name: str | None
    disabled: bool


def get_user(db, email):
    return db.scalar(select(User).where(User.email == email))


@app.post("/register", status_code=201, response_model=UserOut)
def register(body: UserIn, db: Db):
    if get_user(db, body.email):
        raise HTTPException(409, "Email already registered")
    user = User(email=body.email, full_name=body.full_name, hashed_password=pwd_context.hash(body.password))
    db.add(user)
    db.commit()
    return user


@app.post("/token")
def token(form: Annotated[OAuth2PasswordRequestForm, Depends()], db: Db):
    user = get_user(db, form.username)
    if not user or not pwd_context.verify(form.password, user.hashed_password):
        raise HTTPException(400, "Incorrect username or password")
    if user.disabled:
        raise HTTPException(400, "Inactive user")
    return {"access_token": user.email, "token_type": "bearer"}


@app.post("/users/{user_id}/disable", response_model=UserOut)   # an administrator's; guarding it is left out here
def disable(user_id: int, db: Db):
    user = db.get(User, user_id)
    user.disabled = True
    db.commit()
    return user
