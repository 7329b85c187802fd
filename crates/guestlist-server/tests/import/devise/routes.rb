# laid at config/routes.rb by make.sh
Rails.application.routes.draw do
  devise_for :users
  root to: ->(_env) { [200, {}, ['home']] }
end
