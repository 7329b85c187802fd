# A Rails application with Devise, in one file; leaves app.db and passwords.csv in the current folder.
# Users sign up through Devise's own registrations controller (POST /users), confirm by the mailed token
# and log in through its sessions controller.
ENV['RAILS_ENV'] = 'production'
ENV['DATABASE_URL'] = 'sqlite3:app.db'
require 'csv'
require 'rails'
require 'active_record/railtie'
require 'action_controller/railtie'
require 'action_mailer/railtie'
require 'devise'
require 'action_dispatch/testing/integration'

class Shop < Rails::Application
  config.root = Dir.pwd
  config.load_defaults 6.1
  config.eager_load = false
  config.logger = Logger.new(IO::NULL)
  config.secret_key_base = 'only-a-fixture-not-a-secret-of-anybody' * 2
  config.hosts.clear
  config.action_controller.allow_forgery_protection = false   # no browser here
  config.action_mailer.delivery_method = :test
  config.action_mailer.default_url_options = { host: 'example.com' }
end

require 'devise/orm/active_record'
Devise.setup do |config|
  config.mailer_sender = 'shop@example.com'
  config.secret_key = 'only-a-fixture-not-a-secret-of-anybody' * 2
  # as the generated initializer has it; no pepper: hashes made with a pepper cannot be moved
  config.stretches = 12
  config.case_insensitive_keys = [:email]
  config.strip_whitespace_keys = [:email]
  config.password_length = 6..128
  config.reconfirmable = false
end
class ApplicationController < ActionController::Base
  before_action { devise_parameter_sanitizer.permit(:sign_up, keys: [:name]) if devise_controller? }
end

class User < ActiveRecord::Base
  devise :database_authenticatable, :registerable, :recoverable, :rememberable, :validatable, :confirmable

  # as Devise's wiki has it, for accounts switched off and for accounts of another provider
  def active_for_authentication?
    super && deactivated_at.nil?
  end

  def password_required?
    provider.blank? && super
  end
end

Shop.initialize!

ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do   # what "rails generate devise User" writes, with confirmable and two columns of one's own
  create_table :users do |t|
    t.string :email, null: false, default: ''
    t.string :encrypted_password, null: false, default: ''
    t.string :reset_password_token
    t.datetime :reset_password_sent_at
    t.datetime :remember_created_at
    t.string :confirmation_token
    t.datetime :confirmed_at
    t.datetime :confirmation_sent_at
    t.string :name
    t.string :provider
    t.datetime :deactivated_at
    t.timestamps null: false
  end
  add_index :users, :email, unique: true
  add_index :users, :reset_password_token, unique: true
  add_index :users, :confirmation_token, unique: true
end

USERS = [
  ['ada@example.com', 'exemplary', 'Ada Lovelace'],
  ['bjorn@example.com', 'pässwörd ☃', 'Björn Åkesson'],
  ['carol@example.com', 'correct horse battery staple', %q(Carol "Caz" O'Neil, PhD)],
  ['Dmitri.Ivanov@example.com', 'пароль из букв', 'Дмитрий Иванов'],   # Devise stores the address in lower case
  ['erin@example.com', 'was switched off', 'Erin Example'],            # deactivated below
  ['faruk@example.com', "cafe\u0301 royal", nil],                      # typed decomposed (NFD)
  ['gwen@example.com', '0123456789' * 7 + 'ab, and bcrypt stops at byte 72', 'Gwen Long'],
  ['hiro@example.com', '日本語のパスワード', '中村 宏']                  # does not confirm the address
].freeze

def session
  ActionDispatch::Integration::Session.new(Rails.application).tap { |s| s.host! 'example.com' }
end

def login?(email, password)
  s = session
  s.post '/users/sign_in', params: { user: { email: email, password: password } }
  s.response.status.between?(302, 303) && URI(s.response.location).path == '/'   # else it shows the form again
end

USERS.each do |email, password, name|
  s = session
  s.post '/users', params: { user: { email: email, password: password, password_confirmation: password, name: name } }
  raise "#{email}: #{s.response.status} #{s.response.body[0, 200]}" unless s.response.status == 302

  next if email.start_with?('hiro')

  token = ActionMailer::Base.deliveries.last.body.to_s[/confirmation_token=([^"&]+)/, 1]
  s.get "/users/confirmation?confirmation_token=#{token}"
  raise "#{email} not confirmed" unless User.find_by!(email: email.downcase).confirmed?
end
User.find_by!(email: 'erin@example.com').update!(deactivated_at: Time.current)
sso = User.new(email: 'sso-only@example.com', name: 'Sol Olsen', provider: 'github')
sso.skip_confirmation!
sso.save!

USERS.each do |email, password, _|
  user = User.find_by!(email: email.downcase)
  raise email unless user.valid_password?(password) && !user.valid_password?('x' + password)

  raise email unless login?(email, password) == !email.match?(/\A(erin|hiro)/)
  raise email if login?(email, 'x' + password)
end

CSV.open('passwords.csv', 'w') do |csv|
  csv << %w[email password]
  USERS.each { |email, password, _| csv << [email.downcase, password] }   # as stored
  csv << ['sso-only@example.com', nil]
end
