# fish completion for concadvise. The options are those that the program itself tells of.

function __concadvise_form
    set -l form command
    for word in (commandline -opc)[2..-1]
        if contains -- $word report diff rules top
            set form $word
            break
        end
    end
    echo $form
end

function __concadvise_option -a form short long argument meaning
    set -l option -c concadvise -n "test (__concadvise_form) = $form" -l (string sub -s 3 -- $long) -d $meaning
    test $short = -; or set -a option -s (string sub -s 2 -- $short)
    switch $argument
        case none '\?*'
            complete $option
        case file
            complete $option -r -F
        case folder
            complete $option -x -a '(__fish_complete_directories)'
        case process
            complete $option -x -a '(__fish_complete_pids)'
        case any
            complete $option -x
        case '*'
            complete $option -x -a (string replace -a , ' ' -- $argument)
    end
end

complete -c concadvise -f
for form in command report diff rules top
    concadvise --complete $form 2>/dev/null | while read -d \t -l short long argument meaning
        __concadvise_option $form $short $long $argument $meaning
    end
end
complete -c concadvise -n 'test (__concadvise_form) = command' -a report -d 'advise again from a recording'
complete -c concadvise -n 'test (__concadvise_form) = command' -a diff -d 'compare two reports'
complete -c concadvise -n 'test (__concadvise_form) = command' -a rules -d 'show and check the rules'
complete -c concadvise -n 'test (__concadvise_form) = command' -a top -d 'show threads and what they do, live'
complete -c concadvise -n 'test (__concadvise_form) = command' -x -a '(__fish_complete_subcommand)'
complete -c concadvise -n 'contains (__concadvise_form) report diff' -F
complete -c concadvise -n 'test (__concadvise_form) = rules' -a 'list metrics explain check'
complete -c concadvise -n '__fish_seen_subcommand_from explain' -a '(concadvise rules list 2>/dev/null | string replace -r " .*" "")'
complete -c concadvise -n '__fish_seen_subcommand_from check' -F
