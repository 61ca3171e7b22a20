using System.CommandLine;
using LoraFunctions.Jobs.Training.Configuration;
using Spectre.Console;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora config explain</c>: every key of the training YAML; <c>lora config import</c>: another tool's; <c>lora config push</c>: into a storage.</summary>
internal static class ConfigCommand
{
    public static Command Create(CliConsole console)
    {
        var explain = new Command("explain", "List every key of the training YAML with default, range and meaning.");
        explain.SetAction(_ =>
        {
            var table = new Table()
                .Border(TableBorder.Simple)
                .AddColumns(
                    new TableColumn("key").NoWrap(),
                    new TableColumn("default"),
                    new TableColumn("range"),
                    new TableColumn("meaning"));
            foreach (var key in TrainingKeys.All)
            {
                table.AddRow(new Text(key.Name), new Text(key.Default), new Text(key.Range), new Text(key.Meaning));
            }

            console.Out.Write(table);
            console.Line(
                "Relative paths start at the folder of the YAML. With several files, later ones override earlier ones key by key.");
            return ExitCodes.Success;
        });
        return new Command("config", "About the configuration of trainings and nights.") { explain, ConfigImportCommand.Create(console), ConfigPushCommand.Create(console) };
    }
}
