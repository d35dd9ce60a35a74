-- When the request of each message that a robot sent of late ended, or ends at the latest: no
-- window of its vendor may see more messages than it allows, and nobody but the vendor knows when
-- within its request a message arrived. Slim; a row lives as long as the longest window.
create table robot_use (
    message_id uuid        primary key,
    robot      text        not null,
    ended_at   timestamptz not null
) with (fillfactor = 50);

create index robot_use_robot on robot_use (robot);
