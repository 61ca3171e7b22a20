using LoraFunctions.Worker.Hosting;

return await WorkerProgram.RunAsync(args, Console.Out, Console.Error);
