module crosspeer

go 1.26
