import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import org.h2.mvstore.MVStore;

/**
 * Runs mongo-java-server on loopback, with one file: `Launcher PORT FILE`.
 *
 * <p>It runs one command after the other, and answers with copies. The server itself sends its own documents, which the
 * next command may already be changing.
 *
 * <p>It reports the wire version of MongoDB 5.0 (13), because current drivers refuse the version that it reports by
 * default. A response is sent after the acknowledged write is in the file, so killing this process loses nothing. A
 * power failure may lose writes.
 */
final class Launcher {
    public static void main(String[] arguments) {
        MVStore file = new MVStore.Builder().fileName(arguments[1]).autoCommitDisabled().open();
        H2Backend backend = new H2Backend(file) {
            @Override
            public synchronized Document handleMessage(MongoMessage message) {
                Document answer = super.handleMessage(message).cloneDeeply();
                file.commit();
                return answer;
            }
        };
        backend.version(new MongoVersion() {
            @Override
            public List<Integer> getVersionArray() {
                return List.of(5, 0, 0);
            }

            @Override
            public int getWireVersion() {
                return 13;
            }
        });
        MongoServer server = new MongoServer(backend);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    }
}
