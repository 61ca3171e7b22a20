using System.Globalization;

namespace LoraFunctions.Jobs.Training.Log;

/// <summary>
/// The losses of all attempts, a line a step, beside the checkpoints: written at once, so that nothing a checkpoint counts on is missing
/// after a kill; what came after the checkpoint is dropped when training goes on from it. Holds no time, so equal trainings have equal
/// logs.
/// </summary>
internal sealed class StepLog : IDisposable
{
    private const string Heading = "step,epoch,loss,learning_rate,gradient_norm";

    private readonly SortedDictionary<int, StepRow> _rows = [];
    private readonly string _path;
    private StreamWriter? _writer;

    /// <param name="path">Of the working file, beside the checkpoints.</param>
    /// <param name="events">Told the same.</param>
    public StepLog(string path, TensorBoardLog? events = null)
    {
        (_path, Events) = (path, events);
        foreach (var line in File.Exists(path) ? File.ReadLines(path).Skip(1) : [])
        {
            // The last line may be torn.
            if (Parse(line) is { } row)
            {
                _rows[row.Step] = row;
            }
        }
    }

    public TensorBoardLog? Events { get; }

    public IReadOnlyCollection<StepRow> Rows => _rows.Values;

    /// <summary>Training goes on after this many steps: later rows are another attempt's and will come again.</summary>
    public void StartAfter(long step)
    {
        foreach (var later in _rows.Keys.Where(s => s > step).ToArray())
        {
            _rows.Remove(later);
        }

        _writer?.Dispose();
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        WholeFile.Write(_path, string.Concat(_rows.Values.Select(Line).Prepend(Heading).Select(l => l + "\n")));
        _writer = new StreamWriter(_path, append: true) { AutoFlush = true, NewLine = "\n" };
        Events?.StartAfter(step, _rows.Values);
    }

    public void Add(StepRow row)
    {
        _rows[row.Step] = row;
        _writer!.WriteLine(Line(row));
        Events?.Add(row);
    }

    /// <summary>The log a person gets: the rows with the validation loss where there was one.</summary>
    public void WriteReport(string path, IReadOnlyDictionary<int, double> validationLosses)
    {
        var lines = _rows.Values.Select(r => $"{Line(r)},{(validationLosses.TryGetValue(r.Step, out var loss) ? Number(loss) : "")}");
        WholeFile.Write(path, string.Concat(lines.Prepend(Heading + ",validation_loss").Select(l => l + "\n")));
        Events?.Finish(_rows.Values, validationLosses);
    }

    public void Dispose()
    {
        try
        {
            _writer?.Dispose();
        }
        catch (IOException)
        {
            // The row the disk had no room for is tried once more here; whoever wrote it was told.
        }
        finally
        {
            Events?.Dispose();
        }
    }

    private static string Line(StepRow row) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Step},{row.Epoch},{Number(row.Loss)},{Number(row.LearningRate)},{Number(row.GradientNorm)}");

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static StepRow? Parse(string line)
    {
        var fields = line.Split(',');
        return
            fields.Length == 5
            && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            && double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var loss)
            && double.TryParse(fields[3], NumberStyles.Float, CultureInfo.InvariantCulture, out var rate)
            && double.TryParse(fields[4], NumberStyles.Float, CultureInfo.InvariantCulture, out var norm)
            ? new StepRow(step, epoch, loss, rate, norm)
            : null;
    }
}

/// <summary>One optimizer step in the log.</summary>
internal sealed record StepRow(int Step, int Epoch, double Loss, double LearningRate, double GradientNorm);
