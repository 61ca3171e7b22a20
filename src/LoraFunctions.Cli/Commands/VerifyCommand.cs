using System.CommandLine;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Marking;
using LoraFunctions.Imaging.Metadata;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora verify</c>: whether pictures are ours, marked as made by AI, and as they were made.</summary>
internal static class VerifyCommand
{
    public static Command Create(CliConsole console)
    {
        var files = new Argument<string[]>("files") { Description = "Pictures of any kind that is read.", Arity = ArgumentArity.OneOrMore };
        var command = new Command(
            "verify", "Say of pictures whether they are ours, are marked, and were changed since. Exit code 1 where one is not ours and whole.")
        {
            files,
        };
        command.SetAction(parsed =>
        {
            var problems = new Problems();
            var allWhole = true;
            foreach (var file in parsed.GetRequiredValue(files))
            {
                try
                {
                    var check = PictureCheck.Of(File.ReadAllBytes(file));
                    allWhole &= check.IsOursAndWhole;
                    console.Line($"{file}: {check}");
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or UnreadableImageException or MetadataException)
                {
                    problems.Add($"{file}: {exception.Message}");
                }
            }

            problems.ThrowIfAny();
            return allWhole ? ExitCodes.Success : ExitCodes.Unexpected;
        });
        return command;
    }
}
