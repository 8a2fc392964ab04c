Console.Error.WriteLine("bastion: nothing here yet"); return 1;
