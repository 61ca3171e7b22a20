using System.Globalization;
using Spectre.Console;

namespace LoraFunctions.Cli.Costs;

/// <summary>Costs for a person to read.</summary>
internal static class CostTable
{
    public static void Print(CliConsole console, IReadOnlyList<CostLine> lines)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns(new TableColumn("what").NoWrap(), new TableColumn("value").RightAligned().NoWrap(), new TableColumn("").NoWrap(), new TableColumn("how"));
        foreach (var line in lines)
        {
            var digits = line.Value is 0 or >= 100 ? "#,0" : line.Value >= 1 ? "0.##" : "0.####";
            table.AddRow(new Text(line.What), new Text(line.Value.ToString(digits, CultureInfo.InvariantCulture)), new Text(line.Unit), new Text(line.Formula));
        }

        console.Out.Write(table);
        console.Line("Money is in the currency of --gpu-price; the storage's sample prices are dollars (East US, locally redundant, without taxes):");
        console.Line("https://learn.microsoft.com/azure/storage/blobs/blob-storage-estimate-costs");
    }
}
